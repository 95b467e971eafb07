// Lua's notation for values that go into a script's text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace narwhal::redis {

// Any bytes as a Lua string literal.
inline std::string lua_quote(std::string_view bytes) {
  std::string out = "'";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte < 0x7f && c != '\'' && c != '\\';
    if (plain) {
      out += c;
      continue;
    }
    // Three digits, so that a digit after it is not taken for a part.
    out += '\\';
    out += static_cast<char>('0' + byte / 100);
    out += static_cast<char>('0' + byte / 10 % 10);
    out += static_cast<char>('0' + byte % 10);
  }
  return out + "'";
}

inline std::string lua_list(const std::vector<std::string>& values) {
  std::string out = "{";
  for (const auto& value : values) out += lua_quote(value) + ",";
  return out + "}";
}

}  // namespace narwhal::redis
