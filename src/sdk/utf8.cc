#include "sdk/utf8.h"

#include <cstdio>

#include "narwhal/utf8.h"

namespace narwhal::sdk {
namespace {

std::uint8_t byte(const char* p) { return static_cast<std::uint8_t>(*p); }

bool continuation(const char* p) { return (byte(p) & 0xC0U) == 0x80U; }

}  // namespace

std::size_t utf8_sequence(const char* begin, const char* end) {
  return decode_utf8({begin, static_cast<std::size_t>(end - begin)}).length;
}

std::size_t invalid_utf8_at(std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* at = text.data();
  while (at != end) {
    const std::size_t length = utf8_sequence(at, end);
    if (length == 0) break;
    at += length;
  }
  return static_cast<std::size_t>(at - text.data());
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto tail = [&](unsigned shift) {
    out.push_back(static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU)));
  };
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
  } else if (code_point < 0x800) {
    out.push_back(static_cast<char>(0xC0U | (code_point >> 6)));
    tail(0);
  } else if (code_point < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | (code_point >> 12)));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0U | (code_point >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t valid = invalid_utf8_at(text);
    out.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) break;
    char escape[5];
    std::snprintf(escape, sizeof escape, "\\x%02X", static_cast<unsigned>(byte(text.data())));
    out.append(escape, 4);
    text.remove_prefix(1);
  }
}

std::string escape_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_escaped(out, text);
  return out;
}

std::string truncate(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  std::size_t cut = limit;
  while (cut > 0 && continuation(text.data() + cut)) --cut;
  return std::string(text.substr(0, cut)) + "... (truncated, " + std::to_string(text.size()) +
         " bytes)";
}

}  // namespace narwhal::sdk
