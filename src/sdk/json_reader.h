// JsonReader: reads one JSON text and tells a handler what it meets. Written for hostile input: it
// keeps its own stack (no recursion), bounds the depth, checks UTF-8 and surrogates, and hands
// numbers on as text, since a reader that turns 1e400 or a 20-digit id into a double has already
// lost it.
//
// The handler has null(), boolean(bool), number(text), string(text), key(text), start_object(),
// start_array(), end_object(count), end_array(count); each returns false to stop. Text is valid
// during the call only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sdk/json_lexer.h"

namespace narwhal::sdk {

inline constexpr std::size_t kMaxJsonDepth = 512;

template <typename Handler>
class JsonReader {
 public:
  JsonReader(std::string_view text, Handler& handler) : lexer_(text), handler_(handler) {}

  // False if the text is malformed or the handler stopped; then problem() and offset() say why and
  // where.
  bool read() {
    if (!value()) return false;
    while (depth_ > 0) {
      if (!next_in_container()) return false;
    }
    lexer_.skip_space();
    return lexer_.at_end() || fail("unexpected text after the value");
  }

  // Where the token that the handler is being told of begins, and where it ends.
  [[nodiscard]] std::size_t token_begin() const { return token_begin_; }
  [[nodiscard]] std::size_t offset() const { return lexer_.offset(); }

  // Empty when the handler stopped the reading.
  [[nodiscard]] const char* problem() const {
    return lexer_.problem() != nullptr ? lexer_.problem() : "";
  }

 private:
  struct Container {
    bool object;
    std::uint32_t count;
  };

  bool fail(const char* problem) { return lexer_.fail(problem); }

  void begin_token() {
    lexer_.skip_space();
    token_begin_ = lexer_.offset();
  }

  bool value() {
    begin_token();
    switch (lexer_.peek()) {
      case '{':
        return open(true);
      case '[':
        return open(false);
      case '"':
        return lexer_.string(text_) && handler_.string(text_);
      case 't':
        return lexer_.literal("true") && handler_.boolean(true);
      case 'f':
        return lexer_.literal("false") && handler_.boolean(false);
      case 'n':
        return lexer_.literal("null") && handler_.null();
      default:
        return lexer_.number(text_) && handler_.number(text_);
    }
  }

  bool open(bool object) {
    if (depth_ == kMaxJsonDepth) return fail("nested more than 512 levels deep");
    lexer_.skip(1);
    stack_[depth_++] = {object, 0};
    return object ? handler_.start_object() : handler_.start_array();
  }

  bool close() {
    const Container closed = stack_[--depth_];
    token_begin_ = lexer_.offset();
    lexer_.skip(1);
    return closed.object ? handler_.end_object(closed.count) : handler_.end_array(closed.count);
  }

  bool next_in_container() {
    Container& top = stack_[depth_ - 1];
    lexer_.skip_space();
    if (lexer_.peek() == (top.object ? '}' : ']')) return close();
    if (top.count > 0) {
      if (lexer_.peek() != ',') return fail(top.object ? "expected , or }" : "expected , or ]");
      lexer_.skip(1);
    }
    ++top.count;
    return (!top.object || key()) && value();
  }

  bool key() {
    begin_token();
    if (lexer_.peek() != '"') return fail("expected a key in quotes");
    if (!lexer_.string(text_) || !handler_.key(text_)) return false;
    lexer_.skip_space();
    if (lexer_.peek() != ':') return fail("expected : after the key");
    lexer_.skip(1);
    return true;
  }

  JsonLexer lexer_;
  Handler& handler_;
  std::string_view text_;
  std::size_t token_begin_ = 0;
  std::size_t depth_ = 0;
  std::array<Container, kMaxJsonDepth> stack_;
};

}  // namespace narwhal::sdk
