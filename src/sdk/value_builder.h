// ValueBuilder: a JsonReader handler that makes a Value. Finished values wait on one flat stack
// until the container around them ends, so nothing moves more than once and no pointer goes stale.
#pragma once

#include <string_view>
#include <vector>

#include "narwhal/value.h"

namespace narwhal::sdk {

// The exact value of a JSON number.
Value number_value(std::string_view text);

class ValueBuilder {
 public:
  // Finished values are left in `values`, which the caller owns: one after a whole text.
  explicit ValueBuilder(std::vector<Value>& values) : stack_(values) {}

  bool null() { return push(Value()); }
  bool boolean(bool value) { return push(Value(value)); }
  bool number(std::string_view text) { return push(number_value(text)); }
  bool string(std::string_view text) { return push(Value(text)); }
  bool key(std::string_view text) { return push(Value(text)); }
  bool start_object() { return true; }
  bool start_array() { return true; }
  bool end_object(std::size_t count);
  bool end_array(std::size_t count);

  void clear() { stack_.clear(); }

 private:
  bool push(Value value) {
    stack_.push_back(std::move(value));
    return true;
  }

  std::vector<Value>& stack_;
};

}  // namespace narwhal::sdk
