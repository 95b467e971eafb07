#include "cli/dead_report.h"

#include <fmt/format.h>

#include "cli/base64.h"
#include "cli/json_text.h"
#include "cli/printable.h"
#include "cli/run_history.h"
#include "cli/text_table.h"
#include "cli/wall_time_text.h"

namespace narwhal {

namespace {

constexpr std::size_t kWidestCell = 60;
constexpr std::size_t kWidestReason = 100;

std::string class_of(const DeadLetter& letter) {
  return find_job_class(letter.payload).value_or("");
}

std::string time_or_dash(WallTime time) {
  return time == WallTime{} ? "-" : format_wall_time(time);
}

std::string cell(std::string_view text) {
  return text.empty() ? "-" : printable_short(text, kWidestCell);
}

std::string payload_json(const std::string& payload) {
  if (is_utf8(payload)) return fmt::format(R"("payload":{})", json_string(payload));
  return fmt::format(R"("payload_base64":"{}")", base64(payload));
}

std::string time_json(WallTime time) {
  return time == WallTime{} ? "null" : json_string(format_wall_time(time));
}

}  // namespace

std::string dead_table(const std::vector<DeadRow>& rows, bool several_brokers) {
  std::vector<std::vector<std::string>> cells = {
      {"ID", "QUEUE", "CLASS", "DIED AT", "ATTEMPTS", "CRASHES", "REASON"}};
  for (const auto& [broker, letter] : rows) {
    // An id is never shortened: it is what `show` and `retry` want back.
    cells.push_back({printable(letter.id), cell(letter.queue), cell(class_of(letter)),
                     time_or_dash(letter.died_at), fmt::format("{}", letter.counters.attempts),
                     fmt::format("{}", letter.counters.crashes),
                     printable_short(letter.reason, kWidestReason)});
  }
  if (several_brokers) {
    cells.front().insert(cells.front().begin() + 1, "BROKER");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      cells[i + 1].insert(cells[i + 1].begin() + 1, rows[i].broker);
    }
  }
  return text_table(cells);
}

std::string dead_details(const DeadRow& row) {
  const DeadLetter& letter = row.letter;
  std::string out;
  const auto line = [&out](std::string_view label, std::string_view value) {
    out += fmt::format("{:<12} {}\n", label, value);
  };
  line("id", printable(letter.id));
  line("broker", row.broker);
  line("queue", printable(letter.queue));
  if (const auto job_class = find_job_class(letter.payload)) line("class", printable(*job_class));
  line("priority", fmt::format("{}", letter.priority));
  line("enqueued at", time_or_dash(letter.enqueued_at));
  line("died at", time_or_dash(letter.died_at));
  line("attempts", fmt::format("{}", letter.counters.attempts));
  line("crashes", fmt::format("{}", letter.counters.crashes));
  line("postponed", fmt::format("{}", letter.counters.postponed));
  line("reason", printable(letter.reason));
  out += letter.history.empty() ? "" : "history\n" + history_text(letter.history);
  line("payload", fmt::format("{} bytes", letter.payload.size()));
  return out + printable(letter.payload) + "\n";
}

std::string dead_json(const DeadRow& row, bool in_full) {
  const DeadLetter& letter = row.letter;
  const auto job_class = find_job_class(letter.payload);
  std::string out = fmt::format(
      R"({{"id":{},"broker":{},"queue":{},"class":{},"priority":{},"enqueued_at":{},)"
      R"("died_at":{},"attempts":{},"crashes":{},"postponed":{},"reason":{})",
      json_string(letter.id), json_string(row.broker), json_string(letter.queue),
      job_class ? json_string(*job_class) : "null", letter.priority, time_json(letter.enqueued_at),
      time_json(letter.died_at), letter.counters.attempts, letter.counters.crashes,
      letter.counters.postponed, json_string(letter.reason));
  if (in_full) {
    out += fmt::format(R"(,"history":{},{})", history_json(letter.history),
                       payload_json(letter.payload));
  }
  return out + "}";
}

}  // namespace narwhal
