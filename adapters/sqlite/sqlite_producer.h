// SqliteProducer: enqueues from any process. Each call is one transaction that reaches the disk
// before it returns; then every master of the queue is woken.
#pragma once

#include <memory>

#include "database.h"
#include "job_writer.h"
#include "location.h"
#include "narwhal/producer.h"
#include "wake_socket.h"

namespace narwhal::sqlite {

class SqliteProducer final : public Producer {
 public:
  // Makes the file and its tables where they are missing.
  static Result<std::unique_ptr<Producer>> open(const Location& location, std::size_t max_payload);

  Result<std::string> enqueue(const NewJob& job) override;
  // All or none.
  Result<std::vector<std::string>> enqueue_all(const std::vector<NewJob>& jobs) override;

 private:
  SqliteProducer(const Location& location, std::unique_ptr<Database> database, JobWriter writer,
                 WakeSender sender, std::size_t max_payload)
      : owners_path_(location.owners_path()),
        database_(std::move(database)),
        writer_(std::move(writer)),
        sender_(std::move(sender)),
        max_payload_(max_payload) {}
  Result<void> store(const NewJob* jobs, std::size_t count, std::vector<std::string>& ids);

  std::string owners_path_;
  std::unique_ptr<Database> database_;
  JobWriter writer_;
  WakeSender sender_;
  std::size_t max_payload_;
};

// The connection of a command that may wait: durable, and patient with other writers.
Result<std::unique_ptr<Database>> open_patiently(const Location& location, bool create);

}  // namespace narwhal::sqlite
