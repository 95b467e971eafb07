#include "master/history.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/encodings.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/self_pipe.h"
#include "narwhal/delivery.h"

namespace narwhal {
namespace {

constexpr rapidjson::SizeType kMostRuns = 10;
constexpr std::size_t kLongestText = 4096;    // bytes of one message or backtrace
constexpr std::size_t kLongestOldText = 512;  // the same, once newer runs push it out

using Json = rapidjson::Document;

// Cuts to `limit` bytes and replaces what is not UTF-8, so that the text is always valid JSON.
std::string clean(std::string_view text, std::size_t limit) {
  const bool cut = text.size() > limit;
  rapidjson::MemoryStream input{text.data(), std::min(text.size(), limit)};
  rapidjson::StringBuffer output;
  while (input.Tell() < std::min(text.size(), limit)) {
    const std::size_t before = input.Tell();
    unsigned codepoint = 0;
    if (rapidjson::UTF8<>::Decode(input, &codepoint) && codepoint != 0) {
      rapidjson::UTF8<>::Encode(output, codepoint);
    } else {
      for (const char c : fmt::format("\\x{:02x}", static_cast<unsigned char>(text[before]))) {
        output.Put(c);
      }
      input = rapidjson::MemoryStream{text.data(), std::min(text.size(), limit)};
      for (std::size_t i = 0; i <= before; ++i) input.Take();
    }
  }
  return std::string{output.GetString(), output.GetSize()} + (cut ? "… (cut)" : "");
}

void add_text(Json::ValueType& run, Json& json, const char* key, std::string_view text) {
  if (text.empty()) return;
  const std::string cleaned = clean(text, kLongestText);
  run.AddMember(rapidjson::StringRef(key),
                Json::ValueType{cleaned.data(), static_cast<rapidjson::SizeType>(cleaned.size()),
                                json.GetAllocator()},
                json.GetAllocator());
}

template <typename Number>
void add_number(Json::ValueType& run, Json& json, const char* key, Number number) {
  run.AddMember(rapidjson::StringRef(key), Json::ValueType{static_cast<std::int64_t>(number)},
                json.GetAllocator());
}

Json::ValueType make_run(Json& json, const RunReport& report, std::uint32_t attempt, WallTime now) {
  Json::ValueType run{rapidjson::kObjectType};
  add_text(
      run, json, "at",
      fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(now))));
  add_text(run, json, "outcome", outcome_name(report.outcome));
  add_number(run, json, "attempt", attempt);
  add_number(run, json, "ms", report.took.count() / 1'000'000);
  add_number(run, json, "worker", report.worker);
  add_number(run, json, "pid", report.pid);
  add_text(run, json, "error_class", report.error_class);
  add_text(run, json, "message", report.message);
  add_text(run, json, "backtrace", report.backtrace);
  if (report.signal != 0) add_text(run, json, "signal", signal_name(report.signal));
  if (report.exit_code) add_number(run, json, "exit_code", *report.exit_code);
  if (report.max_rss_kib != 0) add_number(run, json, "max_rss_kib", report.max_rss_kib);
  return run;
}

std::string to_text(const Json& json) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  json.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

void shorten_old_texts(Json& json) {
  for (rapidjson::SizeType i = 0; i + 1 < json.Size(); ++i) {
    for (auto& member : json[i].GetObject()) {
      if (!member.value.IsString() || member.value.GetStringLength() <= kLongestOldText) continue;
      const std::string shorter =
          clean({member.value.GetString(), member.value.GetStringLength()}, kLongestOldText);
      member.value.SetString(shorter.data(), static_cast<rapidjson::SizeType>(shorter.size()),
                             json.GetAllocator());
    }
  }
}

}  // namespace

std::string_view outcome_name(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::done:
      return "done";
    case RunOutcome::failed:
      return "failed";
    case RunOutcome::timed_out:
      return "timed out";
    case RunOutcome::retried:
      return "retried";
    case RunOutcome::discarded:
      return "discarded";
    case RunOutcome::postponed:
      return "postponed";
    case RunOutcome::rejected:
      return "rejected";
    case RunOutcome::crashed:
      return "crashed";
    case RunOutcome::released:
      return "released";
  }
  return "unknown";
}

std::string add_to_history(std::string_view history, const RunReport& report, std::uint32_t attempt,
                           WallTime now) {
  Json json;
  json.Parse<rapidjson::kParseIterativeFlag>(history.data(), history.size());
  if (json.HasParseError() || !json.IsArray()) json.SetArray();
  for (auto run = json.Begin(); run != json.End();)
    run = run->IsObject() ? run + 1 : json.Erase(run);
  json.PushBack(make_run(json, report, attempt, now), json.GetAllocator());
  while (json.Size() > kMostRuns) json.Erase(json.Begin());
  std::string text = to_text(json);
  if (text.size() > kMaxHistory) {
    shorten_old_texts(json);
    text = to_text(json);
  }
  while (text.size() > kMaxHistory && json.Size() > 1) {
    json.Erase(json.Begin());
    text = to_text(json);
  }
  return text;
}

}  // namespace narwhal
