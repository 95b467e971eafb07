// JobWriter: stores new jobs. Used by producers and by the master's writer thread, each on its own
// connection and inside a transaction of its own.
#pragma once

#include "database.h"
#include "narwhal/producer.h"

namespace narwhal::sqlite {

// Largest payload the file format takes: sqlite3's limit for one row, less what else stands in it.
inline constexpr std::size_t kLargestPayload = 999'000'000;

// Longest queue name, in bytes.
inline constexpr std::size_t kLongestQueueName = 255;

// Refuses what can never be stored, before anything is touched.
Result<void> check_new_job(const NewJob& job, std::size_t max_payload);

class JobWriter {
 public:
  static Result<JobWriter> prepare(Database& database);

  // `id` is the job's id: NewJob::id is not looked at.
  Result<void> insert(const std::string& id, const NewJob& job, WallTime now);

 private:
  JobWriter(Database& database, Statement job, Statement body)
      : handle_(database.handle()), job_(std::move(job)), body_(std::move(body)) {}

  sqlite3* handle_;
  Statement job_;
  Statement body_;
};

}  // namespace narwhal::sqlite
