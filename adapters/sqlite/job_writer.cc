#include "job_writer.h"

#include <algorithm>

#include "schema.h"

namespace narwhal::sqlite {

Result<void> check_new_job(const NewJob& job, std::size_t max_payload) {
  if (job.queue.empty() || job.queue.size() > kLongestQueueName) {
    return Error{ErrorKind::invalid, "unable to enqueue: queue " + job.queue.substr(0, 40),
                 "a queue's name has 1 to " + std::to_string(kLongestQueueName) + " bytes"};
  }
  const std::size_t limit = std::min(max_payload, kLargestPayload);
  if (job.payload.size() > limit) {
    return Error{ErrorKind::too_large, "unable to enqueue: queue " + job.queue,
                 "the payload has " + std::to_string(job.payload.size()) + " bytes; the limit is " +
                     std::to_string(limit)};
  }
  return {};
}

Result<JobWriter> JobWriter::prepare(Database& database) {
  auto job = database.prepare(
      "INSERT INTO jobs (job, queue, prio, state, run_at, enqueued_at, payload)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  if (!job.ok()) return job.error();
  auto body = database.prepare("INSERT OR REPLACE INTO bodies (job, payload) VALUES (?1, ?2)");
  if (!body.ok()) return body.error();
  return JobWriter(database, std::move(*job), std::move(*body));
}

Result<void> JobWriter::insert(const std::string& id, const NewJob& job, WallTime now) {
  const bool delayed = job.run_at && *job.run_at > now;
  const bool inside = job.payload.size() <= kInlinePayload;
  job_.bind_text(1, id).bind_text(2, job.queue).bind(3, job.priority);
  job_.bind(4, static_cast<std::int64_t>(delayed ? JobState::delayed : JobState::ready));
  if (delayed) {
    job_.bind(5, to_unix_micros(*job.run_at));
  } else {
    job_.bind_null(5);
  }
  job_.bind(6, to_unix_micros(now));
  if (inside) {
    job_.bind_blob(7, job.payload);
  } else {
    job_.bind_null(7);
  }
  if (auto done = job_.run(); !done.ok() || inside) return done;
  return body_.bind(1, sqlite3_last_insert_rowid(handle_)).bind_blob(2, job.payload).run();
}

}  // namespace narwhal::sqlite
