#include "support/daemon/job_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace narwhal::test {
namespace {

constexpr std::size_t kAll = 100'000;

template <typename T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text());
  return std::move(*result);
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

Producer& JobStore::producer() {
  if (!producer_) producer_ = value_of(type_.open_producer(config_));
  return *producer_;
}

std::string JobStore::add(std::string_view job_class, std::string_view arguments,
                          const std::string& queue) {
  NewJob job;
  job.id = new_job_id();
  job.queue = queue;
  job.payload = class_payload(job_class, arguments, job.id, "default");
  return add(std::move(job));
}

std::string JobStore::add_payload(std::string payload, const std::string& queue) {
  NewJob job;
  job.queue = queue;
  job.payload = std::move(payload);
  return add(std::move(job));
}

std::string JobStore::add(NewJob job) { return value_of(producer().enqueue(job)); }

std::vector<std::string> JobStore::add_many(int count, std::string_view job_class,
                                            std::string_view arguments) {
  std::vector<NewJob> jobs(static_cast<std::size_t>(count));
  for (NewJob& job : jobs) {
    job.id = new_job_id();
    job.payload = class_payload(job_class, arguments, job.id);
  }
  return value_of(producer().enqueue_all(jobs));
}

std::vector<DeadLetter> JobStore::dead() {
  auto letters = value_of(type_.open_dead_letters(config_));
  std::vector<DeadLetter> found = value_of(letters->list("", kAll));
  for (DeadLetter& letter : found) letter = value_of(letters->find(letter.id));
  return found;
}

DeadLetter JobStore::dead_letter(const std::string& id) {
  std::vector<DeadLetter> all = dead();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const DeadLetter& letter) { return letter.id == id; });
  return found == all.end() ? DeadLetter{} : std::move(*found);
}

}  // namespace narwhal::test
