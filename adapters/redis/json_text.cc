#include "json_text.h"

#include <algorithm>
#include <charconv>

namespace narwhal::redis {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Reads forward over JSON text; every step says whether it succeeded.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool done() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return done() ? '\0' : text_[at_]; }
  [[nodiscard]] std::string_view since(std::size_t begin) const {
    return text_.substr(begin, at_ - begin);
  }

  void space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }
  bool take(char c) {
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }

  bool string() {
    if (!take('"')) return false;
    while (true) {
      at_ = text_.find_first_of("\"\\", at_);
      if (at_ == std::string_view::npos) return fail();
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      at_ += 2;
    }
  }

  // A value's extent; brackets have to match in number, not in kind.
  bool value() {
    std::size_t depth = 0;
    do {
      space();
      const char c = peek();
      if (c == '"') {
        if (!string()) return false;
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if ((c == '}' || c == ']') && depth > 0) {
        --depth;
        ++at_;
      } else if ((c == ',' || c == ':') && depth > 0) {
        ++at_;
      } else if (!word()) {
        return false;
      }
    } while (depth > 0);
    return true;
  }

 private:
  bool fail() {
    at_ = text_.size();
    return false;
  }
  bool word() {
    const std::size_t end = std::min(text_.find_first_of(",:]}[{\" \t\r\n", at_), text_.size());
    if (end == at_) return false;
    at_ = end;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The values of an array, one after the other.
template <typename Visit>
bool each_element(std::string_view array, Visit visit) {
  Cursor cursor(array);
  cursor.space();
  if (!cursor.take('[')) return false;
  while (true) {
    cursor.space();
    if (cursor.take(']')) return true;
    const std::size_t begin = cursor.at();
    if (!cursor.value()) return false;
    if (!visit(cursor.since(begin))) return true;
    cursor.space();
    cursor.take(',');
  }
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6U);
    out += static_cast<char>(0x80 | (code & 0x3fU));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12U);
    out += static_cast<char>(0x80 | (code >> 6U & 0x3fU));
    out += static_cast<char>(0x80 | (code & 0x3fU));
  } else {
    out += static_cast<char>(0xf0 | code >> 18U);
    out += static_cast<char>(0x80 | (code >> 12U & 0x3fU));
    out += static_cast<char>(0x80 | (code >> 6U & 0x3fU));
    out += static_cast<char>(0x80 | (code & 0x3fU));
  }
}

std::optional<std::uint32_t> hex4(std::string_view text) {
  std::uint32_t code = 0;
  if (text.size() < 4) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, code, 16);
  if (error != std::errc{} || end != text.data() + 4) return std::nullopt;
  return code;
}

// After "\u": appends the character and says how many bytes it took; a lone half of a pair becomes
// the replacement character.
std::size_t decode_unicode(std::string_view rest, std::string& out) {
  const auto first = hex4(rest);
  if (!first) return 0;
  if (*first < 0xd800 || *first > 0xdfff) {
    append_utf8(out, *first);
    return 4;
  }
  const auto second = rest.substr(4).starts_with("\\u") ? hex4(rest.substr(6)) : std::nullopt;
  if (*first > 0xdbff || !second || *second < 0xdc00 || *second > 0xdfff) {
    out += kReplacement;
    return 4;
  }
  append_utf8(out, 0x10000 + ((*first - 0xd800) << 10U) + (*second - 0xdc00));
  return 10;
}

char plain_escape(char c) {
  switch (c) {
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
      return c;
  }
}

// The length of the UTF-8 character at the front; 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xed && byte(1) > 0x9f;
  const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
  return overlong || surrogate || beyond ? 0 : length;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (byte < 0x20) {
    out += "\\u00";
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  } else {
    out += c;
  }
}

}  // namespace

std::optional<JsonObject> JsonObject::read(std::string_view text) {
  JsonObject object;
  Cursor cursor(text);
  cursor.space();
  if (!cursor.take('{')) return std::nullopt;
  cursor.space();
  bool more = !cursor.take('}');
  while (more) {
    cursor.space();
    const std::size_t begin = cursor.at();
    if (!cursor.string()) return std::nullopt;
    const std::string_view key = cursor.since(begin + 1);
    cursor.space();
    if (!cursor.take(':')) return std::nullopt;
    cursor.space();
    const std::size_t value = cursor.at();
    if (!cursor.value()) return std::nullopt;
    object.members_.push_back(
        {key.substr(0, key.size() - 1), cursor.since(value), cursor.since(begin)});
    cursor.space();
    more = cursor.take(',');
    if (!more && !cursor.take('}')) return std::nullopt;
  }
  cursor.space();
  if (!cursor.done()) return std::nullopt;
  return object;
}

std::optional<std::string_view> JsonObject::get(std::string_view key) const {
  const auto at = std::find_if(members_.rbegin(), members_.rend(),
                               [key](const Member& member) { return member.key == key; });
  if (at == members_.rend()) return std::nullopt;
  return at->value;
}

std::optional<std::string> JsonObject::text(std::string_view key) const {
  const auto value = get(key);
  return value ? json_decode(*value) : std::nullopt;
}

std::optional<double> JsonObject::number(std::string_view key) const {
  const auto value = get(key);
  if (!value) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc{} || end != value->data() + value->size()) return std::nullopt;
  return number;
}

bool JsonObject::is(std::string_view key, std::string_view value) const {
  const auto found = get(key);
  return found && *found == value;
}

std::string JsonObject::with(const std::vector<Edit>& edits) const {
  std::string out = "{";
  const auto next = [&out] {
    if (out.size() > 1) out += ',';
  };
  for (const auto& member : members_) {
    const bool edited = std::any_of(edits.begin(), edits.end(),
                                    [&](const Edit& edit) { return edit.key == member.key; });
    if (edited) continue;
    next();
    out += member.whole;
  }
  for (const auto& edit : edits) {
    if (!edit.value) continue;
    next();
    out += json_quote(edit.key) + ":" + *edit.value;
  }
  return out + "}";
}

std::optional<std::string_view> json_first(std::string_view array) {
  std::optional<std::string_view> first;
  const bool sound = each_element(array, [&first](std::string_view element) {
    first = element;
    return false;
  });
  return sound ? first : std::nullopt;
}

std::optional<std::string_view> json_last(std::string_view array) {
  std::optional<std::string_view> last;
  const bool sound = each_element(array, [&last](std::string_view element) {
    last = element;
    return true;
  });
  return sound ? last : std::nullopt;
}

std::optional<std::string> json_decode(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return std::nullopt;
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (text[i] != 'u') {
      out += plain_escape(text[i]);
      continue;
    }
    const std::size_t taken = decode_unicode(text.substr(i + 1), out);
    if (taken == 0) return std::nullopt;
    i += taken;
  }
  return out;
}

std::string json_quote(std::string_view bytes) {
  std::string out = "\"";
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = utf8_length(bytes.substr(i));
    if (length == 0) {
      out += kReplacement;
    } else if (length == 1) {
      append_escaped(out, bytes[i]);
    } else {
      out += bytes.substr(i, length);
    }
    i += std::max<std::size_t>(length, 1);
  }
  return out + "\"";
}

}  // namespace narwhal::redis
