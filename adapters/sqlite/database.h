// Database, Statement and Transaction: one SQLite connection, with sqlite3's result codes turned
// into Errors here and nowhere else. A connection and what belongs to it are used by one thread,
// and never in the child of a fork.
#pragma once

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "narwhal/clock.h"
#include "narwhal/result.h"

namespace narwhal::sqlite {

// Another connection holds the lock: nothing is wrong, try again soon. No other failure of a
// statement is of this kind.
inline bool is_busy(const Error& error) { return error.kind == ErrorKind::unavailable; }

// A prepared statement. Parameters and columns count as in sqlite3: from 1 and from 0. Bound text
// must stay in place until the statement has run.
class Statement {
 public:
  Statement() = default;

  Statement& bind(int at, std::int64_t value);
  Statement& bind_text(int at, std::string_view text);
  Statement& bind_blob(int at, std::string_view bytes);
  Statement& bind_null(int at);

  // Runs a statement whose rows do not matter.
  Result<void> run();
  // Calls `take(row)` for each row; the row is this statement, good for the column functions.
  template <std::invocable<const Statement&> Take>
  Result<void> each(Take take) {
    while (true) {
      auto more = step();
      if (!more.ok() || !*more) return finish(more);
      take(*this);
    }
  }
  // The first column of the first row; nothing when there is no row or it is NULL.
  Result<std::optional<std::int64_t>> integer();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer_at(int column) const;
  // Any value's bytes; empty for NULL.
  [[nodiscard]] std::string bytes_at(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  void note(int code);
  Result<bool> step();
  Result<void> finish(const Result<bool>& last);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bind_failure_ = SQLITE_OK;
};

class Database {
 public:
  struct Options {
    bool create = true;
    bool durable = true;                // each commit reaches the disk (synchronous=FULL)
    bool automatic_checkpoints = true;  // after a commit that finds the log long, and on close
    Duration busy_timeout{0};           // how long a call may wait for another writer
    int cache_kib = 512;
  };

  // Opens the file as it is. Its tables and its mode are schema.h's business.
  static Result<Database> open(const std::string& path, const Options& options);

  Database(Database&&) = default;
  Database& operator=(Database&&) = default;

  // Enters WAL mode, or stays there.
  Result<void> use_log();
  Result<void> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  // Rows that the last statement changed.
  [[nodiscard]] int changes() const { return sqlite3_changes(handle_.get()); }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  friend class Transaction;
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };

  explicit Database(sqlite3* handle) : handle_(handle) {}
  Result<void> set_up(const std::string& path, const Options& options);
  Result<void> prepare_transactions();

  // Declared before the statements: they must be finalized first.
  std::unique_ptr<sqlite3, Close> handle_;
  Statement begin_, commit_, rollback_;
  Duration patience_{0};
};

// BEGIN IMMEDIATE .. COMMIT; rolled back unless committed. Immediate, because a transaction that
// reads first and writes later fails at once when another writer came between, whatever the
// timeout.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();  // NOLINT(bugprone-exception-escape): see there

  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;
};

}  // namespace narwhal::sqlite
