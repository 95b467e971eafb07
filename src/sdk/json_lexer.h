// JsonLexer: the tokens of one JSON text. It never reads outside the text it was given, so the text
// needs no terminator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace narwhal::sdk {

class JsonLexer {
 public:
  explicit JsonLexer(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  // The next byte; 0 at the end (a NUL in the text is no token either, so the two need no telling
  // apart).
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] std::size_t offset() const { return at_; }
  [[nodiscard]] const char* problem() const { return problem_; }

  void skip(std::size_t count) { at_ += count; }
  void skip_space() {
    while (!at_end() && is_space(text_[at_])) ++at_;
  }

  // Each takes one token and returns true, or fails at the byte that is wrong. `out` points into
  // the text, or into a buffer that the next string() reuses.
  bool literal(std::string_view word);
  bool number(std::string_view& out);
  bool string(std::string_view& out);

  bool fail(const char* problem) {
    problem_ = at_end() ? "unexpected end" : problem;
    return false;
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  void skip_digits() {
    while (peek() >= '0' && peek() <= '9') ++at_;
  }
  bool some_digits();
  bool skip_plain();
  bool escaped_string(std::size_t begin, std::string_view& out);
  bool escape();
  bool unicode_escape();
  bool hex4(std::uint32_t& out);

  std::string_view text_;
  std::size_t at_ = 0;
  const char* problem_ = nullptr;
  std::string unescaped_;
};

}  // namespace narwhal::sdk
