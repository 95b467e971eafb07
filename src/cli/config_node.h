// The configuration file as a tree of plain values with their places in the text, free of the TOML
// library. Tables keep the order of the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace narwhal {

struct ConfigNode {
  enum class Kind : std::uint8_t {
    text,
    integer,
    number,
    boolean,
    time,  // a TOML date or time; no key takes one
    list,
    table,
    unusable  // already reported; to be passed over
  };

  Kind kind = Kind::table;
  std::string key;  // in the table above; empty in a list and at the root
  int line = 0;     // of the key, or of the value in a list
  int column = 0;
  std::string text;
  std::int64_t integer = 0;
  double number = 0;
  bool boolean = false;
  std::vector<ConfigNode> children;  // of a list or a table
};

// "a number with a fraction", "a table": for messages.
std::string_view describe(ConfigNode::Kind kind);

}  // namespace narwhal
