#include "cli/json_text.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include "cli/printable.h"

namespace narwhal {

namespace {

// Iterative: depth costs heap, not stack. Numbers stay text: none loses a digit.
constexpr unsigned kParseFlags = rapidjson::kParseIterativeFlag |
                                 rapidjson::kParseValidateEncodingFlag |
                                 rapidjson::kParseNumbersAsStringsFlag;

using Handler = rapidjson::BaseReaderHandler<rapidjson::UTF8<>>;

// Follows the nesting and stops at the first value of "job_class" in the outermost object.
struct ClassFinder : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, ClassFinder> {
  int depth = 0;
  bool next = false;
  std::optional<std::string> found;

  // Every other value: not what is looked for.
  bool Default() {
    next = false;
    return true;
  }
  bool RawNumber(const char* /*text*/, rapidjson::SizeType /*size*/, bool /*copy*/) {
    return Default();
  }
  bool StartObject() { return enter(); }
  bool StartArray() { return depth > 0 && enter(); }  // a payload that is an array has no class
  bool EndObject(rapidjson::SizeType /*members*/) { return leave(); }
  bool EndArray(rapidjson::SizeType /*items*/) { return leave(); }
  bool Key(const char* text, rapidjson::SizeType size, bool /*copy*/) {
    next = depth == 1 && std::string_view{text, size} == "job_class";
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool /*copy*/) {
    if (next) found = std::string{text, size};
    return !found;
  }

 private:
  bool enter() {
    next = false;
    ++depth;
    return true;
  }
  bool leave() {
    --depth;
    return true;
  }
};

Error not_json(std::string reason, std::size_t offset) {
  return Error{ErrorKind::invalid, fmt::format("not valid JSON at byte {}", offset + 1),
               std::move(reason)};
}

std::string lower_case_start(std::string text) {
  if (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') {
    text.front() = static_cast<char>(text.front() - 'A' + 'a');
  }
  while (!text.empty() && text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

Result<void> check_json_array(std::string_view text) {
  // The parser takes a NUL for the end of the text.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) return not_json("a NUL byte", nul);
  rapidjson::MemoryStream stream{text.data(), text.size()};
  rapidjson::Reader reader;
  Handler ignore;
  const rapidjson::ParseResult result = reader.Parse<kParseFlags>(stream, ignore);
  if (!result) {
    return not_json(lower_case_start(rapidjson::GetParseError_En(result.Code())), result.Offset());
  }
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (text[first] != '[') {
    return Error{ErrorKind::invalid, "must be a JSON array, such as [1, \"two\"]", ""};
  }
  return {};
}

std::optional<std::string> find_job_class(std::string_view payload) {
  const std::size_t first = payload.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || payload[first] != '{') return std::nullopt;
  rapidjson::MemoryStream stream{payload.data(), payload.size()};
  rapidjson::Reader reader;
  ClassFinder finder;
  reader.Parse<kParseFlags>(stream, finder);
  return finder.found;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    if (point.length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (point.value == '"' || point.value == '\\') {
      out += '\\';
      out += text.front();
    } else if (point.value < 0x20) {
      out += fmt::format("\\u{:04x}", point.value);
    } else {
      out += text.substr(0, point.length);
    }
    text.remove_prefix(point.length == 0 ? 1 : point.length);
  }
  return out + "\"";
}

}  // namespace narwhal
