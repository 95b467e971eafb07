#include "cli/run_history.h"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cli/json_text.h"
#include "cli/printable.h"
#include "cli/wall_time_text.h"

namespace narwhal {

namespace {

using rapidjson::Value;

constexpr std::array<std::string_view, 11> kOrder = {
    "at",     "outcome",   "attempt",     "ms",          "worker", "pid",
    "signal", "exit_code", "max_rss_kib", "error_class", "message"};
constexpr std::string_view kIndent = "    ";

std::string_view text_of(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

// Unix time in seconds, or in microseconds: no time in seconds is that large.
std::string time_text(double number) {
  const double micros = std::fabs(number) > 1e12 ? number : number * 1e6;
  if (!(micros >= 0 && micros < 1e17)) return fmt::format("{}", number);
  return format_wall_time(from_unix_micros(static_cast<std::int64_t>(micros)));
}

std::string value_text(std::string_view key, const Value& value) {
  if (value.IsString()) return printable(text_of(value));
  if (key == "at" && value.IsNumber()) return time_text(value.GetDouble());
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  value.Accept(writer);
  return printable({buffer.GetString(), buffer.GetSize()});
}

bool is_ordered(std::string_view key) {
  return std::find(kOrder.begin(), kOrder.end(), key) != kOrder.end();
}

std::string field(std::string_view key, const Value& value) {
  return fmt::format("{}{:<12} {}\n", kIndent, printable(key), value_text(key, value));
}

std::string lines_of(std::string_view key, const Value& value) {
  std::string out = fmt::format("{}{}\n", kIndent, printable(key));
  std::string_view rest = text_of(value);
  while (!rest.empty()) {
    const std::size_t feed = std::min(rest.find('\n'), rest.size());
    out += fmt::format("{0}{0}{1}\n", kIndent, printable(rest.substr(0, feed)));
    rest.remove_prefix(std::min(feed + 1, rest.size()));
  }
  return out;
}

std::string run_text(const Value& run) {
  if (!run.IsObject()) return fmt::format("{}{}\n", kIndent, value_text("", run));
  std::string out;
  for (const std::string_view key : kOrder) {
    const auto found =
        run.FindMember(Value{key.data(), static_cast<rapidjson::SizeType>(key.size())});
    if (found != run.MemberEnd() && !found->value.IsNull()) out += field(key, found->value);
  }
  std::string long_texts;
  for (const auto& member : run.GetObject()) {
    const std::string_view key = text_of(member.name);
    if (is_ordered(key) || member.value.IsNull()) continue;
    const bool lines =
        member.value.IsString() && text_of(member.value).find('\n') != std::string_view::npos;
    (lines ? long_texts : out) += lines ? lines_of(key, member.value) : field(key, member.value);
  }
  return out + long_texts;
}

bool parse(std::string_view history, rapidjson::Document& document) {
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      history.data(), history.size());
  return !document.HasParseError();
}

}  // namespace

std::string history_text(std::string_view history) {
  rapidjson::Document document;
  if (!parse(history, document) || !document.IsArray()) {
    return fmt::format("{}{}\n", kIndent, printable(history));
  }
  std::string out;
  int number = 0;
  for (const Value& run : document.GetArray()) {
    out += fmt::format("  run {}\n{}", ++number, run_text(run));
  }
  return out;
}

std::string history_json(std::string_view history) {
  if (history.empty()) return "[]";
  return check_json_array(history) ? std::string{history} : json_string(history);
}

}  // namespace narwhal
