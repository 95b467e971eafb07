#include "base/log_line.h"

#include <algorithm>
#include <variant>

namespace narwhal {
namespace {

// Inside quotes, the quote itself and the backslash have to be told from the text's end.
enum class Quoted : bool { no, yes };

bool needs_escape(unsigned char c, Quoted quoted) {
  if (c < 0x20 || c == 0x7f) return true;
  return quoted == Quoted::yes && (c == '"' || c == '\\');
}

// Length of the valid UTF-8 sequence at the start of `text`, 0 when there is none (RFC 3629).
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool beyond = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : size;
}

// Escapes what would break a line or a terminal. The escapes are valid in JSON: bytes that are not
// UTF-8 become \u00XX.
void append_escaped(fmt::memory_buffer& out, std::string_view text, Quoted quoted = Quoted::yes) {
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t size = utf8_sequence(text);
    if (size == 1 && needs_escape(c, quoted)) {
      if (c == '"' || c == '\\') {
        fmt::format_to(std::back_inserter(out), "\\{}", text.front());
      } else if (c == '\n') {
        out.append(std::string_view{"\\n"});
      } else {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
      }
    } else if (size == 0) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

bool plain_word(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= 0x20 || u >= 0x7f || c == '"' || c == '\\' || c == '=') return false;
  }
  return true;
}

// A field without a text says nothing.
bool empty(const LogField& field) {
  const auto* text = std::get_if<std::string_view>(&field.value);
  return text != nullptr && text->empty();
}

void append_text_field(fmt::memory_buffer& out, const LogField& field) {
  fmt::format_to(std::back_inserter(out), " {}=", field.key);
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (plain_word(*text)) {
      out.append(*text);
    } else {
      out.push_back('"');
      append_escaped(out, *text);
      out.push_back('"');
    }
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else {
    fmt::format_to(std::back_inserter(out), "{:.3f}", std::get<double>(field.value));
  }
}

void append_json_field(fmt::memory_buffer& out, const LogField& field) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", field.key);
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    out.push_back('"');
    append_escaped(out, *text);
    out.push_back('"');
  } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else {
    fmt::format_to(std::back_inserter(out), "{:.3f}", std::get<double>(field.value));
  }
}

}  // namespace

void append_text(fmt::memory_buffer& out, std::string_view text, std::span<const LogField> fields) {
  append_escaped(out, text, Quoted::no);
  for (const LogField& field : fields) {
    if (!empty(field)) append_text_field(out, field);
  }
}

void append_json(fmt::memory_buffer& out, std::string_view text, std::span<const LogField> fields) {
  out.append(std::string_view{"\"msg\":\""});
  append_escaped(out, text);
  out.push_back('"');
  for (const LogField& field : fields) {
    if (!empty(field)) append_json_field(out, field);
  }
}

}  // namespace narwhal
