#include "depths.h"

#include <algorithm>

namespace narwhal::sqlite {
namespace {

// Each walks one partial index; `jobs_ready` is walked only at the queue itself.
constexpr const char* kReady =
    "SELECT count(*) FROM jobs INDEXED BY jobs_ready WHERE state = 0 AND queue = ?1";
constexpr const char* kDelayed =
    "SELECT count(*) FROM jobs INDEXED BY jobs_delayed WHERE state = 2 AND queue = ?1";
constexpr const char* kRunning =
    "SELECT count(*) FROM jobs INDEXED BY jobs_running WHERE state = 1 AND queue = ?1";
constexpr const char* kDead =
    "SELECT count(*) FROM jobs INDEXED BY jobs_dead WHERE state = 3 AND queue = ?1";
// Within a priority the first row is the oldest, so one row of each priority tells.
constexpr const char* kOldest =
    "WITH RECURSIVE levels (prio) AS ("
    "  SELECT min(prio) FROM jobs INDEXED BY jobs_ready WHERE state = 0 AND queue = ?1"
    "  UNION ALL"
    "  SELECT (SELECT min(prio) FROM jobs INDEXED BY jobs_ready"
    "          WHERE state = 0 AND queue = ?1 AND prio > levels.prio)"
    "  FROM levels WHERE levels.prio IS NOT NULL)"
    " SELECT min((SELECT enqueued_at FROM jobs INDEXED BY jobs_ready"
    "             WHERE state = 0 AND queue = ?1 AND prio = levels.prio ORDER BY id LIMIT 1))"
    " FROM levels WHERE prio IS NOT NULL";

Result<std::optional<std::int64_t>> ask(Database& database, const char* sql,
                                        const std::string& queue) {
  auto statement = database.prepare(sql);
  if (!statement.ok()) return statement.error();
  return statement->bind_text(1, queue).integer();
}

Result<QueueDepth> count(Database& database, const std::string& queue, WallTime now) {
  QueueDepth depth;
  depth.queue = queue;
  struct {
    std::uint64_t* count;
    const char* sql;
  } const wanted[] = {{&depth.ready, kReady},
                      {&depth.delayed, kDelayed},
                      {&depth.in_flight, kRunning},
                      {&depth.dead, kDead}};
  for (const auto& each : wanted) {
    auto number = ask(database, each.sql, queue);
    if (!number.ok()) return number.error();
    *each.count = static_cast<std::uint64_t>(number->value_or(0));
  }
  auto oldest = ask(database, kOldest, queue);
  if (!oldest.ok()) return oldest.error();
  if (oldest->has_value()) {
    depth.oldest_ready_age = std::max(Duration{0}, Duration{now - from_unix_micros(**oldest)});
  }
  return depth;
}

}  // namespace

Result<std::vector<QueueDepth>> count_depths(Database& database,
                                             const std::vector<std::string>& queues, WallTime now) {
  std::vector<QueueDepth> depths;
  for (const auto& queue : queues) {
    auto depth = count(database, queue, now);
    if (!depth.ok()) return depth.error();
    depths.push_back(std::move(*depth));
  }
  return depths;
}

}  // namespace narwhal::sqlite
