#include "settler.h"

#include "schema.h"

namespace narwhal::sqlite {
namespace {

constexpr const char* kAck = "DELETE FROM jobs WHERE id = ?1 AND owner = ?2 AND state = 1";
constexpr const char* kRelease =
    "UPDATE jobs SET state = 0, owner = NULL WHERE id = ?1 AND owner = ?2 AND state = 1";
constexpr const char* kRetry =
    "UPDATE jobs SET state = ?7, run_at = ?8, owner = NULL,"
    " attempts = ?3, crashes = ?4, postponed = ?5, history = ?6"
    " WHERE id = ?1 AND owner = ?2 AND state = 1";
constexpr const char* kBury =
    "UPDATE jobs SET state = 3, died_at = ?7, reason = ?8, owner = NULL,"
    " attempts = ?3, crashes = ?4, postponed = ?5, history = ?6"
    " WHERE id = ?1 AND owner = ?2 AND state = 1";
constexpr const char* kRewrite =
    "UPDATE jobs SET queue = ?2, prio = ?3, payload = ?4 WHERE id = ?1";
constexpr const char* kStoreBody = "INSERT OR REPLACE INTO bodies (job, payload) VALUES (?1, ?2)";
constexpr const char* kDropBody = "DELETE FROM bodies WHERE job = ?1";

}  // namespace

Result<Settler> Settler::prepare(Database& database) {
  Settler settler(database);
  struct {
    Statement* statement;
    const char* sql;
  } const wanted[] = {{&settler.ack_, kAck},           {&settler.release_, kRelease},
                      {&settler.retry_, kRetry},       {&settler.bury_, kBury},
                      {&settler.rewrite_, kRewrite},   {&settler.store_body_, kStoreBody},
                      {&settler.drop_body_, kDropBody}};
  for (const auto& each : wanted) {
    auto prepared = database.prepare(each.sql);
    if (!prepared.ok()) return prepared.error();
    *each.statement = std::move(*prepared);
  }
  return settler;
}

Result<bool> Settler::apply(const Settlement& settlement, WallTime now) {
  switch (settlement.verdict.action) {
    case Verdict::Action::ack:
      return acknowledge(settlement);
    case Verdict::Action::release:
      return release(settlement);
    case Verdict::Action::retry:
      return retry(settlement, now);
    case Verdict::Action::bury:
      return bury(settlement, now);
  }
  return Error{ErrorKind::internal, "unable to settle", "no such verdict"};
}

Result<bool> Settler::run(Statement& statement, const Settlement& settlement) {
  if (auto done = statement.bind(1, settlement.row).bind(2, settlement.owner).run(); !done.ok()) {
    return done.error();
  }
  return database_->changes() > 0;
}

Result<bool> Settler::acknowledge(const Settlement& settlement) { return run(ack_, settlement); }

Result<bool> Settler::release(const Settlement& settlement) { return run(release_, settlement); }

void Settler::bind_history(Statement& statement, const Verdict& verdict) {
  statement.bind(3, verdict.counters.attempts)
      .bind(4, verdict.counters.crashes)
      .bind(5, verdict.counters.postponed)
      .bind_text(6, verdict.history);
}

Result<bool> Settler::retry(const Settlement& settlement, WallTime now) {
  const Verdict& verdict = settlement.verdict;
  bind_history(retry_, verdict);
  if (verdict.delay.count() > 0) {
    const auto due = now + std::chrono::ceil<std::chrono::microseconds>(verdict.delay);
    retry_.bind(7, static_cast<std::int64_t>(JobState::delayed)).bind(8, to_unix_micros(due));
  } else {
    retry_.bind(7, static_cast<std::int64_t>(JobState::ready)).bind_null(8);
  }
  auto ours = run(retry_, settlement);
  if (!ours.ok() || !*ours || !verdict.rewritten) return ours;
  if (auto done = rewrite(settlement); !done.ok()) return done.error();
  return true;
}

Result<bool> Settler::bury(const Settlement& settlement, WallTime now) {
  bind_history(bury_, settlement.verdict);
  bury_.bind(7, to_unix_micros(now)).bind_text(8, settlement.verdict.reason);
  return run(bury_, settlement);
}

Result<void> Settler::rewrite(const Settlement& settlement) {
  const bool inside = settlement.payload.size() <= kInlinePayload;
  rewrite_.bind(1, settlement.row).bind_text(2, settlement.queue).bind(3, settlement.priority);
  if (inside) {
    rewrite_.bind_blob(4, settlement.payload);
  } else {
    rewrite_.bind_null(4);
  }
  if (auto done = rewrite_.run(); !done.ok()) return done;
  if (inside) return drop_body_.bind(1, settlement.row).run();
  return store_body_.bind(1, settlement.row).bind_blob(2, settlement.payload).run();
}

}  // namespace narwhal::sqlite
