// What an adapter adds to a job's history when it takes the job back from a dead master: nobody was
// left to report on that run, and without a record a dead letter would show crashes that nothing
// explains. The one thing an adapter writes there (the form is that of src/master/history.h). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "narwhal/clock.h"
#include "narwhal/delivery.h"

namespace narwhal {

struct OrphanRun {
  std::string_view master;  // the dead one's name; empty: not known
  std::int64_t pid = 0;     // 0: not known
  WallTime found_at{};      // when it was noticed; the death itself was earlier
  std::uint32_t attempt = 1;
};

namespace orphan_run {

// Names come from the broker and are quoted for JSON; what a name never has is shown as "?".
inline std::string plain(std::string_view name) {
  std::string out{name.substr(0, 100)};
  for (char& c : out) {
    if (c < ' ' || c > '~' || c == '"' || c == '\\') c = '?';
  }
  return out;
}

inline std::string utc(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

inline std::string message(const OrphanRun& run) {
  if (run.master.empty()) return "the master died, or lost its lease, with the job in hand";
  std::string who = "name=" + plain(run.master);
  if (run.pid > 0) who += " pid=" + std::to_string(run.pid);
  return "the master died with the job in hand: " + who;
}

inline std::string record(const OrphanRun& run) {
  return R"({"at":")" + utc(run.found_at) + R"(","outcome":"crashed","attempt":)" +
         std::to_string(run.attempt) + R"(,"error_class":"narwhal::MasterDied","message":")" +
         message(run) + R"("})";
}

// Where the second of "{…},{…}" begins; the end when there is none, or it cannot be told.
inline std::size_t after_first(std::string_view runs) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const char c = runs[i];
    if (in_text && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_text = !in_text;
    } else if (!in_text && (c == '{' || c == '[')) {
      ++depth;
    } else if (!in_text && (c == '}' || c == ']') && --depth == 0) {
      return i + 1 < runs.size() && runs[i + 1] == ',' ? i + 2 : runs.size();
    }
  }
  return runs.size();
}

}  // namespace orphan_run

// `history` with this run as its newest; the oldest make room where kMaxHistory asks for it. One
// that is no list of runs (foreign, damaged) starts afresh.
inline std::string add_orphan_run(std::string_view history, const OrphanRun& run) {
  const std::string record = orphan_run::record(run);
  const bool sound = history.starts_with("[{") && history.ends_with("}]");
  std::string runs{sound ? history.substr(1, history.size() - 2) : std::string_view{}};
  while (!runs.empty() && runs.size() + record.size() + 3 > kMaxHistory) {
    runs.erase(0, orphan_run::after_first(runs));
  }
  return "[" + runs + (runs.empty() ? "" : ",") + record + "]";
}

}  // namespace narwhal
