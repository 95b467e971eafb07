#include "schedule.h"

namespace narwhal::sqlite {
namespace {

constexpr const char* kNext =
    "SELECT run_at FROM jobs INDEXED BY jobs_delayed WHERE state = 2 ORDER BY run_at LIMIT 1";
constexpr const char* kPromote =
    "UPDATE jobs SET state = 0, run_at = NULL WHERE id IN"
    " (SELECT id FROM jobs INDEXED BY jobs_delayed WHERE state = 2 AND run_at <= ?1"
    "  ORDER BY run_at LIMIT ?2)";

}  // namespace

Result<Schedule> Schedule::prepare(Database& database) {
  Schedule schedule(database);
  auto next = database.prepare(kNext);
  if (!next.ok()) return next.error();
  auto promote = database.prepare(kPromote);
  if (!promote.ok()) return promote.error();
  schedule.next_ = std::move(*next);
  schedule.promote_ = std::move(*promote);
  return schedule;
}

Result<std::optional<WallTime>> Schedule::next_due() {
  auto micros = next_.integer();
  if (!micros.ok()) return micros.error();
  if (!micros->has_value()) return std::optional<WallTime>{};
  return std::optional<WallTime>{from_unix_micros(**micros)};
}

Result<int> Schedule::promote(WallTime now) {
  auto done = promote_.bind(1, to_unix_micros(now)).bind(2, kAtOnce).run();
  if (!done.ok()) return done.error();
  return database_->changes();
}

}  // namespace narwhal::sqlite
