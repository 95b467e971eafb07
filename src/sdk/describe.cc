#include "sdk/describe.h"

#include "sdk/json_writer.h"
#include "sdk/ruby_types.h"
#include "sdk/utf8.h"

namespace narwhal::sdk {
namespace {

constexpr std::size_t kShown = 60;

std::string count(std::size_t number, const char* one) {
  return std::to_string(number) + " " + one + (number == 1 ? "" : "s");
}

std::string describe_object(const Value& value, const Value::Object& object) {
  if (const std::string* gid = global_id(value)) {
    return "the record " + truncate(*gid, kShown) + ", which only Ruby can look up";
  }
  if (const std::string* serializer = serializer_name(value)) {
    return "a Ruby object (" + truncate(*serializer, kShown) + ")";
  }
  return "an object with " + count(object.size(), "key");
}

}  // namespace

std::string describe(const Value& value) {
  if (const auto* text = value.get_if<std::string>()) {
    std::string quoted;
    write_json_string(quoted, truncate(*text, kShown));
    return "the string " + quoted;
  }
  if (const auto* array = value.get_if<Value::Array>()) {
    return "an array of " + count(array->size(), "element");
  }
  if (const auto* object = value.get_if<Value::Object>()) return describe_object(value, *object);
  return truncate(value.to_json(), kShown);
}

}  // namespace narwhal::sdk
