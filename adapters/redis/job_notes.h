// JobNotes: what Narwhal has to remember about a job of another program's format and that format
// has no place for: the member "narwhal" of its JSON, which those programs carry along unread.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "json_text.h"
#include "narwhal/delivery.h"

namespace narwhal::redis {

struct JobNotes {
  std::string id;  // where the format has none
  Counters counters;
  std::string history;

  static JobNotes read(const JsonObject& job);
  [[nodiscard]] std::string write() const;
  [[nodiscard]] bool empty() const {
    return id.empty() && counters == Counters{} && history.empty();
  }
};

// What the last run of a history failed with, as JSON strings; for programs that show it.
struct LastError {
  std::string error_class = R"("RuntimeError")";
  std::string message = R"("")";
  std::string backtrace;  // text, decoded

  // `otherwise`: the message when the history says nothing.
  static LastError of(std::string_view history, std::string_view otherwise);
};

}  // namespace narwhal::redis
