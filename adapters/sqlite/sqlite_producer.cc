#include "sqlite_producer.h"

#include "lock_courtesy.h"
#include "narwhal/job_id.h"
#include "schema.h"

namespace narwhal::sqlite {

Result<std::unique_ptr<Database>> open_patiently(const Location& location, bool create) {
  Database::Options options;
  options.create = create;
  options.busy_timeout = std::chrono::seconds{5};
  auto database = Database::open(location.path, options);
  if (!database.ok()) return database.error();
  auto kept = std::make_unique<Database>(std::move(*database));
  if (auto done = ensure_schema(*kept); !done.ok()) return done.error();
  return kept;
}

Result<std::unique_ptr<Producer>> SqliteProducer::open(const Location& location,
                                                       std::size_t max_payload) {
  auto database = open_patiently(location, true);
  if (!database.ok()) return database.error();
  auto writer = JobWriter::prepare(**database);
  if (!writer.ok()) return writer.error();
  auto sender = WakeSender::prepare(**database, location);
  if (!sender.ok()) return sender.error();
  return std::unique_ptr<Producer>(new SqliteProducer(
      location, std::move(*database), std::move(*writer), std::move(*sender), max_payload));
}

Result<std::string> SqliteProducer::enqueue(const NewJob& job) {
  std::vector<std::string> ids;
  if (auto done = store(&job, 1, ids); !done.ok()) return done.error();
  return std::move(ids.front());
}

Result<std::vector<std::string>> SqliteProducer::enqueue_all(const std::vector<NewJob>& jobs) {
  std::vector<std::string> ids;
  if (auto done = store(jobs.data(), jobs.size(), ids); !done.ok()) return done.error();
  return ids;
}

Result<void> SqliteProducer::store(const NewJob* jobs, std::size_t count,
                                   std::vector<std::string>& ids) {
  for (std::size_t i = 0; i < count; ++i) {
    if (auto fine = check_new_job(jobs[i], max_payload_); !fine.ok()) return fine;
  }
  let_masters_go_first(owners_path_);
  auto transaction = Transaction::begin(*database_);
  if (!transaction.ok()) return transaction.error();
  const WallTime now = SystemClock{}.wall_now();
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(jobs[i].id.empty() ? new_job_id() : jobs[i].id);
    if (auto done = writer_.insert(ids.back(), jobs[i], now); !done.ok()) return done;
  }
  if (auto done = transaction->commit(); !done.ok()) return done;
  sender_.wake_all();
  return {};
}

}  // namespace narwhal::sqlite
