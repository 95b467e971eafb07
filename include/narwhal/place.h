// Place: where among a job's arguments the framework is, so that an error can name it:
// "Resize#perform argument 2 (Size), key \"width\"". A chain of borrowed views on the stack; text
// is made only when an error is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "narwhal/value.h"

namespace narwhal {

class Place {
 public:
  // `number` counts from 1; `type` names the C++ type.
  static Place argument(std::string_view job_class, std::size_t number, std::string (*type)()) {
    return Place(nullptr, job_class, number, type);
  }
  // Both results borrow *this. An element counts from 1.
  [[nodiscard]] Place key(std::string_view name) const { return Place(this, name, 0, nullptr); }
  [[nodiscard]] Place element(std::size_t number) const { return Place(this, {}, number, nullptr); }

  [[nodiscard]] std::string text() const;

  // Throw ArgumentError: "<place>: expected <expected>, got <value>" and "<place>: <problem>".
  [[noreturn]] void expected(const std::string& expected, const Value& got) const;
  [[noreturn]] void fail(const std::string& problem) const;

 private:
  Place(const Place* outer, std::string_view name, std::size_t number, std::string (*type)())
      : outer_(outer), name_(name), number_(number), type_(type) {}

  const Place* outer_;
  std::string_view name_;
  std::size_t number_;
  std::string (*type_)();
};

}  // namespace narwhal
