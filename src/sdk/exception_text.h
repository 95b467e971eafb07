// What an exception was, in words: its class, its message, and what it was caused by.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace narwhal::sdk {

struct ExceptionText {
  std::string type;     // "std::runtime_error", "int"
  std::string message;  // UTF-8, bounded
  std::string causes;   // one line for each exception nested in it
};

ExceptionText describe_exception(const std::exception_ptr& error);

// "type: message", for places with one line.
std::string exception_line(const std::exception_ptr& error);

std::string demangle(const char* name);

}  // namespace narwhal::sdk
