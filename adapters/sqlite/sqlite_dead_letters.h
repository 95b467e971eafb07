// SqliteDeadLetters: the dead letters of a queue, for the one-shot commands. Waits for other
// writers.
#pragma once

#include <memory>

#include "database.h"
#include "location.h"
#include "narwhal/broker.h"
#include "wake_socket.h"

namespace narwhal::sqlite {

class SqliteDeadLetters final : public DeadLetters {
 public:
  // The file must exist: asking for dead letters makes no queue.
  static Result<std::unique_ptr<DeadLetters>> open(const Location& location);

  Result<std::vector<DeadLetter>> list(std::string_view queue, std::size_t limit) override;
  Result<DeadLetter> find(std::string_view id) override;
  Result<std::size_t> retry(const std::vector<std::string>& ids) override;
  Result<std::size_t> retry_all(std::string_view queue) override;
  Result<std::size_t> remove(const std::vector<std::string>& ids) override;
  Result<std::size_t> remove_all(std::string_view queue) override;

 private:
  SqliteDeadLetters(std::unique_ptr<Database> database, WakeSender sender)
      : database_(std::move(database)), sender_(std::move(sender)) {}
  Result<std::vector<DeadLetter>> read(Statement& select);
  Result<std::size_t> change(const char* sql, const std::vector<std::string>& values);

  std::unique_ptr<Database> database_;
  WakeSender sender_;
};

}  // namespace narwhal::sqlite
