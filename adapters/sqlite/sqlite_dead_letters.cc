#include "sqlite_dead_letters.h"

#include "sqlite_producer.h"

namespace narwhal::sqlite {
namespace {

constexpr const char* kColumns =
    "SELECT job, queue, prio, attempts, crashes, postponed, enqueued_at, died_at, reason, history,"
    " coalesce(payload, (SELECT payload FROM bodies WHERE bodies.job = jobs.id)) FROM jobs ";
constexpr const char* kList =
    "INDEXED BY jobs_dead WHERE state = 3 AND (?1 = '' OR queue = ?1)"
    " ORDER BY died_at, id LIMIT ?2";
constexpr const char* kFind =
    "INDEXED BY jobs_dead_by_job WHERE state = 3 AND job = ?1 ORDER BY died_at, id LIMIT 1";

// The history stays: it tells a job that dies again what happened before.
constexpr const char* kRetry =
    "UPDATE jobs SET state = 0, attempts = 0, crashes = 0, postponed = 0, run_at = NULL,"
    " died_at = NULL, reason = NULL WHERE state = 3 AND job = ?1";
constexpr const char* kRetryAll =
    "UPDATE jobs SET state = 0, attempts = 0, crashes = 0, postponed = 0, run_at = NULL,"
    " died_at = NULL, reason = NULL WHERE state = 3 AND (?1 = '' OR queue = ?1)";
constexpr const char* kRemove = "DELETE FROM jobs WHERE state = 3 AND job = ?1";
constexpr const char* kRemoveAll = "DELETE FROM jobs WHERE state = 3 AND (?1 = '' OR queue = ?1)";

DeadLetter read_row(const Statement& row) {
  DeadLetter letter;
  letter.id = row.bytes_at(0);
  letter.queue = row.bytes_at(1);
  letter.priority = static_cast<std::int32_t>(row.integer_at(2));
  letter.counters.attempts = static_cast<std::uint32_t>(row.integer_at(3));
  letter.counters.crashes = static_cast<std::uint32_t>(row.integer_at(4));
  letter.counters.postponed = static_cast<std::uint32_t>(row.integer_at(5));
  letter.enqueued_at = from_unix_micros(row.integer_at(6));
  letter.died_at = from_unix_micros(row.integer_at(7));
  letter.reason = row.bytes_at(8);
  letter.history = row.bytes_at(9);
  letter.payload = row.bytes_at(10);
  return letter;
}

}  // namespace

Result<std::unique_ptr<DeadLetters>> SqliteDeadLetters::open(const Location& location) {
  auto database = open_patiently(location, false);
  if (!database.ok()) return database.error();
  auto sender = WakeSender::prepare(**database, location);
  if (!sender.ok()) return sender.error();
  return std::unique_ptr<DeadLetters>(
      new SqliteDeadLetters(std::move(*database), std::move(*sender)));
}

Result<std::vector<DeadLetter>> SqliteDeadLetters::list(std::string_view queue, std::size_t limit) {
  auto select = database_->prepare(std::string(kColumns) + kList);
  if (!select.ok()) return select.error();
  select->bind_text(1, queue).bind(2, static_cast<std::int64_t>(limit));
  return read(*select);
}

Result<DeadLetter> SqliteDeadLetters::find(std::string_view id) {
  auto select = database_->prepare(std::string(kColumns) + kFind);
  if (!select.ok()) return select.error();
  select->bind_text(1, id);
  auto letters = read(*select);
  if (!letters.ok()) return letters.error();
  if (letters->empty()) {
    return Error{ErrorKind::not_found, "unable to find dead letter: " + std::string(id),
                 "there is none of that id"};
  }
  return std::move(letters->front());
}

Result<std::vector<DeadLetter>> SqliteDeadLetters::read(Statement& select) {
  std::vector<DeadLetter> letters;
  auto done = select.each([&](const Statement& row) { letters.push_back(read_row(row)); });
  if (!done.ok()) return done.error();
  return letters;
}

Result<std::size_t> SqliteDeadLetters::retry(const std::vector<std::string>& ids) {
  auto count = change(kRetry, ids);
  sender_.wake_all();
  return count;
}

Result<std::size_t> SqliteDeadLetters::retry_all(std::string_view queue) {
  auto count = change(kRetryAll, {std::string(queue)});
  sender_.wake_all();
  return count;
}

Result<std::size_t> SqliteDeadLetters::remove(const std::vector<std::string>& ids) {
  return change(kRemove, ids);
}

Result<std::size_t> SqliteDeadLetters::remove_all(std::string_view queue) {
  return change(kRemoveAll, {std::string(queue)});
}

// Runs a statement once for each value, all in one transaction.
Result<std::size_t> SqliteDeadLetters::change(const char* sql,
                                              const std::vector<std::string>& values) {
  auto statement = database_->prepare(sql);
  if (!statement.ok()) return statement.error();
  auto transaction = Transaction::begin(*database_);
  if (!transaction.ok()) return transaction.error();
  std::size_t count = 0;
  for (const auto& value : values) {
    if (auto done = statement->bind_text(1, value).run(); !done.ok()) return done.error();
    count += static_cast<std::size_t>(database_->changes());
  }
  if (auto done = transaction->commit(); !done.ok()) return done.error();
  return count;
}

}  // namespace narwhal::sqlite
