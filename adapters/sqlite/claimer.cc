#include "claimer.h"

#include <algorithm>
#include <limits>

#include "narwhal/job_id.h"

namespace narwhal::sqlite {
namespace {

constexpr const char* kPeek =
    "SELECT 1 FROM jobs INDEXED BY jobs_ready WHERE state = 0 AND queue = ?1 LIMIT 1";
// Rows are read first and marked after: a statement that changes the index it walks would have to
// collect its rows in a table of its own.
constexpr const char* kSelect =
    "SELECT id, job, prio, attempts, crashes, postponed, enqueued_at, history, payload"
    " FROM jobs INDEXED BY jobs_ready WHERE state = 0 AND queue = ?1 ORDER BY prio, id LIMIT ?2";
constexpr const char* kBody = "SELECT payload FROM bodies WHERE job = ?1";
constexpr const char* kMarkRunning = "UPDATE jobs SET state = 1, owner = ?2 WHERE id = ?1";
constexpr const char* kSetJob = "UPDATE jobs SET job = ?2 WHERE id = ?1";
constexpr const char* kMarkDead =
    "UPDATE jobs SET state = 3, died_at = ?2, reason = ?3 WHERE id = ?1";

template <typename Number>
Number clamped(std::int64_t value) {
  return static_cast<Number>(std::clamp<std::int64_t>(value, std::numeric_limits<Number>::min(),
                                                      std::numeric_limits<Number>::max()));
}

ClaimedJob read_row(const Statement& row, const std::string& queue) {
  ClaimedJob job;
  job.row = row.integer_at(0);
  Delivery& delivery = job.delivery;
  delivery.id = row.bytes_at(1);
  delivery.queue = queue;
  delivery.priority = clamped<std::int32_t>(row.integer_at(2));
  delivery.counters.attempts = clamped<std::uint32_t>(row.integer_at(3));
  delivery.counters.crashes = clamped<std::uint32_t>(row.integer_at(4));
  delivery.counters.postponed = clamped<std::uint32_t>(row.integer_at(5));
  delivery.enqueued_at = from_unix_micros(row.integer_at(6));
  delivery.history = row.bytes_at(7);
  delivery.payload = row.bytes_at(8);
  return job;
}

}  // namespace

Result<Claimer> Claimer::prepare(Database& database, std::size_t max_payload) {
  Claimer claimer(max_payload);
  struct {
    Statement* statement;
    const char* sql;
  } const wanted[] = {{&claimer.peek_, kPeek},      {&claimer.select_, kSelect},
                      {&claimer.body_, kBody},      {&claimer.mark_running_, kMarkRunning},
                      {&claimer.set_job_, kSetJob}, {&claimer.mark_dead_, kMarkDead}};
  for (const auto& each : wanted) {
    auto prepared = database.prepare(each.sql);
    if (!prepared.ok()) return prepared.error();
    *each.statement = std::move(*prepared);
  }
  return claimer;
}

Result<bool> Claimer::any_ready(const std::vector<std::string>& queues) {
  for (const auto& queue : queues) {
    auto found = peek_.bind_text(1, queue).integer();
    if (!found.ok()) return found.error();
    if (found->has_value()) return true;
  }
  return false;
}

Result<Claim> Claimer::claim(const std::vector<std::string>& queues, std::size_t want,
                             std::int64_t owner, WallTime now) {
  Claim claim;
  for (const auto& queue : queues) {
    if (claim.jobs.size() >= want) break;
    auto done = claim_from(queue, want - claim.jobs.size(), owner, now, claim);
    if (!done.ok()) return done.error();
  }
  return claim;
}

Result<void> Claimer::claim_from(const std::string& queue, std::size_t want, std::int64_t owner,
                                 WallTime now, Claim& claim) {
  auto ready = read_ready(queue, want);
  if (!ready.ok()) return ready.error();
  for (auto& job : *ready) {
    if (auto done = take(std::move(job), owner, now, claim); !done.ok()) return done;
  }
  return {};
}

Result<std::vector<ClaimedJob>> Claimer::read_ready(const std::string& queue, std::size_t limit) {
  std::vector<ClaimedJob> jobs;
  select_.bind_text(1, queue).bind(2, static_cast<std::int64_t>(limit));
  std::vector<std::size_t> without_payload;
  auto done = select_.each([&](const Statement& row) {
    if (row.is_null(8)) without_payload.push_back(jobs.size());
    jobs.push_back(read_row(row, queue));
  });
  if (!done.ok()) return done.error();
  for (const auto at : without_payload) {
    if (auto completed = complete(jobs[at]); !completed.ok()) return completed.error();
  }
  return jobs;
}

// A large payload stands in a row of its own; a foreign job without one has none.
Result<void> Claimer::complete(ClaimedJob& job) {
  return body_.bind(1, job.row).each([&job](const Statement& row) {
    job.delivery.payload = row.bytes_at(0);
  });
}

Result<void> Claimer::take(ClaimedJob job, std::int64_t owner, WallTime now, Claim& claim) {
  Delivery& delivery = job.delivery;
  if (delivery.id.empty()) {
    delivery.id = new_job_id();
    if (auto done = set_job_.bind(1, job.row).bind_text(2, delivery.id).run(); !done.ok()) {
      return done;
    }
  }
  if (delivery.payload.size() > max_payload_) {
    return set_aside(job,
                     "the payload has " + std::to_string(delivery.payload.size()) +
                         " bytes; the limit is " + std::to_string(max_payload_),
                     now, claim);
  }
  if (auto done = mark_running_.bind(1, job.row).bind(2, owner).run(); !done.ok()) return done;
  claim.jobs.push_back(std::move(job));
  return {};
}

Result<void> Claimer::set_aside(const ClaimedJob& job, std::string reason, WallTime now,
                                Claim& claim) {
  auto done = mark_dead_.bind(1, job.row).bind(2, to_unix_micros(now)).bind_text(3, reason).run();
  if (!done.ok()) return done;
  claim.set_aside.push_back({job.delivery.id, job.delivery.queue, std::move(reason)});
  return {};
}

}  // namespace narwhal::sqlite
