#include "sdk/exception_text.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

#include "narwhal/job_class.h"
#include "sdk/utf8.h"

namespace narwhal::sdk {
namespace {

constexpr std::size_t kMaxMessage = std::size_t{16} * 1024;
constexpr int kMaxCauses = 16;

void remove_all(std::string& text, std::string_view part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at)) {
    text.erase(at, part.size());
  }
}

// std::throw_with_nested() wraps the exception in a type of the library's own.
void unwrap_nested(std::string& type) {
  constexpr std::string_view kWrapper = "std::_Nested_exception<";
  if (!type.starts_with(kWrapper) || !type.ends_with('>')) return;
  type.pop_back();
  type.erase(0, kWrapper.size());
}

// Precondition: called while an exception is being handled.
std::string current_type() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  if (type == nullptr) return "unknown exception";
  std::string name = detail::type_name(*type);
  unwrap_nested(name);
  return name;
}

std::string bounded(std::string_view message) {
  return truncate(escape_invalid_utf8(message.substr(0, 2 * kMaxMessage)), kMaxMessage);
}

std::string bounded(const char* message) {
  return bounded(message == nullptr ? std::string_view() : std::string_view(message));
}

std::exception_ptr nested_in(const std::exception& error) {
  const auto* nested = dynamic_cast<const std::nested_exception*>(&error);
  return nested == nullptr ? nullptr : nested->nested_ptr();
}

struct One {
  std::string type;
  std::string message;
  std::exception_ptr cause;
};

One describe_one(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return {current_type(), bounded(e.what()), nested_in(e)};
  } catch (const std::string& text) {
    return {"std::string", bounded(text), nullptr};
  } catch (const char* text) {
    return {current_type(), bounded(text), nullptr};
  } catch (int number) {
    return {current_type(), std::to_string(number), nullptr};
  } catch (...) {
    return {current_type(), "an exception without a message", nullptr};
  }
}

}  // namespace

std::string demangle(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 && text ? text.get() : name;
}

ExceptionText describe_exception(const std::exception_ptr& error) {
  if (error == nullptr) return {"unknown exception", "", ""};
  One one = describe_one(error);
  ExceptionText text{std::move(one.type), std::move(one.message), ""};
  for (int i = 0; one.cause != nullptr && i < kMaxCauses; ++i) {
    one = describe_one(one.cause);
    text.causes += "caused by " + one.type + ": " + one.message + "\n";
  }
  return text;
}

std::string exception_line(const std::exception_ptr& error) {
  const ExceptionText text = describe_exception(error);
  return text.type + ": " + text.message;
}

}  // namespace narwhal::sdk

namespace narwhal::detail {

std::string type_name(const std::type_info& type) {
  std::string name = sdk::demangle(type.name());
  sdk::remove_all(name, "(anonymous namespace)::");
  sdk::remove_all(name, "__cxx11::");
  sdk::remove_all(name, "[abi:cxx11]");
  return name;
}

}  // namespace narwhal::detail
