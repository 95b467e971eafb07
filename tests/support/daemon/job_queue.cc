#include "support/daemon/job_queue.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>

#include "adapters/sqlite/sqlite_type.h"

namespace narwhal::test {
namespace {

constexpr int kBusyMillis = 20'000;

template <typename T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

int collect(void* text, int columns, char** values, char** /*names*/) {
  if (columns > 0 && values[0] != nullptr) *static_cast<std::string*>(text) = values[0];
  return 0;
}

}  // namespace

std::string class_payload(std::string_view job_class, std::string_view arguments,
                          std::string_view id, std::string_view queue) {
  return fmt::format(
      R"({{"job_class":"{}","job_id":"{}","provider_job_id":null,"queue_name":"{}","priority":null,)"
      R"("arguments":{},"executions":0,"exception_executions":{{}},"locale":"en",)"
      R"("timezone":"UTC","enqueued_at":"2026-01-01T00:00:00.000000Z","scheduled_at":null}})",
      job_class, id, queue, arguments);
}

Producer& JobQueue::producer() {
  if (!producer_) producer_ = value_of(open_producer("sqlite:" + file_));
  return *producer_;
}

std::string JobQueue::add(std::string_view job_class, std::string_view arguments,
                          const std::string& queue) {
  NewJob job;
  job.id = new_job_id();
  job.queue = queue;
  job.payload = class_payload(job_class, arguments, job.id, "default");
  return add(std::move(job));
}

std::string JobQueue::add_payload(std::string payload, const std::string& queue) {
  NewJob job;
  job.queue = queue;
  job.payload = std::move(payload);
  return add(std::move(job));
}

std::string JobQueue::add(NewJob job) { return value_of(producer().enqueue(job)); }

std::vector<std::string> JobQueue::add_many(int count, std::string_view job_class,
                                            std::string_view arguments) {
  std::vector<NewJob> jobs(static_cast<std::size_t>(count));
  for (NewJob& job : jobs) {
    job.id = new_job_id();
    job.payload = class_payload(job_class, arguments, job.id);
  }
  return value_of(producer().enqueue_all(jobs));
}

std::vector<DeadLetter> JobQueue::dead() {
  BrokerConfig config;
  config.url = "sqlite:" + file_;
  auto letters = value_of(sqlite_broker_type().open_dead_letters(config));
  std::vector<DeadLetter> found = value_of(letters->list("", 100'000));
  for (DeadLetter& letter : found) letter = value_of(letters->find(letter.id));
  return found;
}

std::string JobQueue::text(const std::string& sql) {
  producer();  // makes the schema
  sqlite3* database = nullptr;
  std::string result;
  if (sqlite3_open(file_.c_str(), &database) != SQLITE_OK) throw std::runtime_error("no " + file_);
  sqlite3_busy_timeout(database, kBusyMillis);
  const int status = sqlite3_exec(database, sql.c_str(), collect, &result, nullptr);
  const std::string error = sqlite3_errmsg(database);
  sqlite3_close(database);
  if (status != SQLITE_OK) throw std::runtime_error(sql + ": " + error);
  return result;
}

void JobQueue::execute(const std::string& sql) { text(sql); }

int JobQueue::number(const std::string& sql) { return std::stoi(text(sql)); }

}  // namespace narwhal::test
