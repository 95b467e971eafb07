#include "sdk/json_lexer.h"

#include <array>

#include "sdk/utf8.h"

namespace narwhal::sdk {
namespace {

// What may stand in a string as it is: ASCII but for control characters, quote and backslash.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char simple_escape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

}  // namespace

bool JsonLexer::literal(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) return fail("expected a value");
  at_ += word.size();
  return true;
}

bool JsonLexer::some_digits() {
  const std::size_t begin = at_;
  skip_digits();
  return at_ > begin || fail("expected a digit");
}

bool JsonLexer::number(std::string_view& out) {
  const std::size_t begin = at_;
  if (peek() == '-') ++at_;
  if (peek() == '0') {
    ++at_;
  } else {
    const std::size_t digits = at_;
    skip_digits();
    if (at_ == digits) return fail("expected a value");
  }
  if (peek() == '.') {
    ++at_;
    if (!some_digits()) return false;
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!some_digits()) return false;
  }
  out = text_.substr(begin, at_ - begin);
  return true;
}

// Moves to the next quote or backslash.
bool JsonLexer::skip_plain() {
  const char* const end = text_.data() + text_.size();
  for (;;) {
    while (at_ < text_.size() && kPlain[static_cast<std::uint8_t>(text_[at_])]) ++at_;
    if (at_end()) return fail("unexpected end");
    const char c = text_[at_];
    if (c == '"' || c == '\\') return true;
    if (static_cast<std::uint8_t>(c) < 0x20) return fail("control character in a string");
    const std::size_t length = utf8_sequence(text_.data() + at_, end);
    if (length == 0) return fail("bytes that are not UTF-8");
    at_ += length;
  }
}

bool JsonLexer::string(std::string_view& out) {
  const std::size_t begin = ++at_;
  if (!skip_plain()) return false;
  if (peek() == '\\') return escaped_string(begin, out);
  out = text_.substr(begin, at_ - begin);
  ++at_;
  return true;
}

bool JsonLexer::escaped_string(std::size_t begin, std::string_view& out) {
  unescaped_.assign(text_, begin, at_ - begin);
  while (peek() == '\\') {
    ++at_;
    if (!escape()) return false;
    const std::size_t plain = at_;
    if (!skip_plain()) return false;
    unescaped_.append(text_, plain, at_ - plain);
  }
  ++at_;
  out = unescaped_;
  return true;
}

bool JsonLexer::escape() {
  if (peek() == 'u') {
    ++at_;
    return unicode_escape();
  }
  const char c = simple_escape(peek());
  if (c == '\0') return fail("unknown escape in a string");
  unescaped_.push_back(c);
  ++at_;
  return true;
}

bool JsonLexer::unicode_escape() {
  std::uint32_t unit = 0;
  if (!hex4(unit)) return false;
  if (is_high_surrogate(unit)) {
    std::uint32_t low = 0;
    if (text_.substr(at_, 2) != "\\u") return fail("lone surrogate in a string");
    at_ += 2;
    if (!hex4(low)) return false;
    if (!is_low_surrogate(low)) return fail("lone surrogate in a string");
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  } else if (is_low_surrogate(unit)) {
    return fail("lone surrogate in a string");
  }
  append_utf8(unescaped_, unit);
  return true;
}

bool JsonLexer::hex4(std::uint32_t& out) {
  out = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const int digit = hex_digit(peek());
    if (digit < 0) return fail("expected four hexadecimal digits");
    out = out * 16 + static_cast<std::uint32_t>(digit);
  }
  return true;
}

}  // namespace narwhal::sdk
