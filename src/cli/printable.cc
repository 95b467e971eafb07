#include "cli/printable.h"

#include <fmt/format.h>

namespace narwhal {

namespace {

bool must_escape(std::uint32_t value) {
  if (value < 0x20 || (value >= 0x7F && value <= 0x9F)) return true;
  if (value >= 0x200E && value <= 0x200F) return true;  // direction marks
  if (value >= 0x2028 && value <= 0x202E) return true;  // line separators, direction overrides
  if (value >= 0x2066 && value <= 0x2069) return true;  // direction isolates
  return value == 0xFEFF;
}

std::string escaped(std::uint32_t value) {
  switch (value) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return value < 0x80 ? fmt::format("\\x{:02x}", value) : fmt::format("\\u{{{:x}}}", value);
  }
}

}  // namespace

std::string printable(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const CodePoint point = decode_utf8(bytes);
    if (point.length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes.front()));
    } else if (must_escape(point.value)) {
      out += escaped(point.value);
    } else {
      out += bytes.substr(0, point.length);
    }
    bytes.remove_prefix(point.length == 0 ? 1 : point.length);
  }
  return out;
}

std::string printable_short(std::string_view bytes, std::size_t columns) {
  // An escape is longer than what it stands for, so this much of the input is always enough.
  std::string text = printable(bytes.substr(0, columns * 4 + 4));
  if (character_count(text) <= columns) return text;
  std::size_t end = 0;
  for (std::size_t count = 0; count + 3 < columns; ++count) {
    end += decode_utf8(std::string_view{text}.substr(end)).length;
  }
  return text.substr(0, end) + "...";
}

std::size_t character_count(std::string_view utf8) {
  std::size_t count = 0;
  for (const char c : utf8) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++count;
  }
  return count;
}

}  // namespace narwhal
