// JSON as text: finds members and splices values without decoding the rest, so that what Narwhal
// does not understand (large numbers, odd escapes, key order) stays byte for byte as it was. No
// recursion: nesting as deep as it likes costs nothing. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace narwhal::redis {

class JsonObject {
 public:
  // None when `text` is not one object. Looks no deeper than its own members. `text` must outlive
  // the object.
  static std::optional<JsonObject> read(std::string_view text);

  // The value's text; the last one when a key occurs twice, as JSON parsers have it.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view key) const;
  // Decoded; none when there is no such text, number.
  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  [[nodiscard]] std::optional<double> number(std::string_view key) const;
  [[nodiscard]] bool is(std::string_view key, std::string_view value) const;

  struct Edit {
    std::string_view key;
    std::optional<std::string> value;  // JSON; none: the member goes
  };
  // The object with some of its members changed, added at the end, or gone.
  [[nodiscard]] std::string with(const std::vector<Edit>& edits) const;

 private:
  struct Member {
    std::string_view key;
    std::string_view value;
    std::string_view whole;
  };
  std::vector<Member> members_;
};

// The text of an array's first or last element; none for an empty one and for what is no array.
std::optional<std::string_view> json_first(std::string_view array);
std::optional<std::string_view> json_last(std::string_view array);

// A JSON string's content; none when it is not one.
std::optional<std::string> json_decode(std::string_view quoted);
// Any bytes as a JSON string; those that are no UTF-8 become U+FFFD.
std::string json_quote(std::string_view bytes);

}  // namespace narwhal::redis
