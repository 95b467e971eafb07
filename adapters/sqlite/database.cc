#include "database.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <thread>

#include "narwhal/posix_error.h"

namespace narwhal::sqlite {
namespace {

ErrorKind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::unavailable;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorKind::refused;
    case SQLITE_TOOBIG:
      return ErrorKind::too_large;
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
      return ErrorKind::invalid;
    case SQLITE_MISUSE:
    case SQLITE_ERROR:
      return ErrorKind::internal;
    default:
      return ErrorKind::io;
  }
}

std::string path_of(sqlite3* handle) {
  const char* path = sqlite3_db_filename(handle, "main");
  return path == nullptr ? "?" : path;
}

// sqlite3 says "readonly database" of a file that may be written where it may not make the log and
// its index beside it.
std::string read_only_reason(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  const std::string directory = parent.empty() ? "." : parent.string();
  if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
  if (errno != EACCES && errno != EROFS) return {};
  return "files cannot be made beside it, the directory may not be written: " + directory;
}

Error failure(sqlite3* handle, const std::string& doing) {
  const int code = sqlite3_extended_errcode(handle);
  if ((code & 0xff) == SQLITE_READONLY || (code & 0xff) == SQLITE_CANTOPEN) {
    std::string reason = read_only_reason(path_of(handle));
    if (!reason.empty()) {
      return Error{ErrorKind::refused, doing + ": " + path_of(handle), std::move(reason)};
    }
  }
  return Error{kind_of(code), doing + ": " + path_of(handle), sqlite3_errmsg(handle)};
}

Error open_failure(sqlite3* handle, const std::string& path, int code) {
  const std::string context = "unable to open database: " + path;
  const int number = handle == nullptr ? 0 : sqlite3_system_errno(handle);
  if ((code & 0xff) == SQLITE_CANTOPEN && number != 0) {
    std::string reason = read_only_reason(path);
    if (reason.empty()) return posix_error(context, number);
    return Error{ErrorKind::refused, context, std::move(reason)};
  }
  return Error{kind_of(code), context, sqlite3_errstr(code)};
}

}  // namespace

Statement& Statement::bind(int at, std::int64_t value) {
  note(sqlite3_bind_int64(statement_.get(), at, value));
  return *this;
}

Statement& Statement::bind_text(int at, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  note(sqlite3_bind_text64(statement_.get(), at, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(int at, std::string_view bytes) {
  // A null pointer would be stored as NULL, which is not the same as no bytes.
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  note(sqlite3_bind_blob64(statement_.get(), at, data, bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_null(int at) {
  note(sqlite3_bind_null(statement_.get(), at));
  return *this;
}

void Statement::note(int code) {
  if (code != SQLITE_OK && bind_failure_ == SQLITE_OK) bind_failure_ = code;
}

Result<bool> Statement::step() {
  sqlite3* handle = sqlite3_db_handle(statement_.get());
  if (const int code = std::exchange(bind_failure_, SQLITE_OK); code != SQLITE_OK) {
    return Error{kind_of(code), "unable to use database: " + path_of(handle), sqlite3_errstr(code)};
  }
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW:
      return true;
    case SQLITE_DONE:
      return false;
    default:
      return failure(handle, "unable to use database");
  }
}

Result<void> Statement::finish(const Result<bool>& last) {
  sqlite3_reset(statement_.get());
  if (!last.ok()) return last.error();
  return {};
}

Result<void> Statement::run() {
  return each([](const Statement&) {});
}

Result<std::optional<std::int64_t>> Statement::integer() {
  std::optional<std::int64_t> value;
  auto more = step();
  if (more.ok() && *more && !is_null(0)) value = integer_at(0);
  if (auto finished = finish(more); !finished.ok()) return finished.error();
  return value;
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer_at(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::bytes_at(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  if (data == nullptr) return {};
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {static_cast<const char*>(data), size};
}

Result<Database> Database::open(const std::string& path, const Options& options) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | (options.create ? SQLITE_OPEN_CREATE : 0) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) return open_failure(handle, path, code);
  if (auto done = database.set_up(path, options); !done.ok()) return done.error();
  return database;
}

Result<void> Database::set_up(const std::string& path, const Options& options) {
  const auto patience = std::chrono::ceil<std::chrono::milliseconds>(options.busy_timeout);
  sqlite3_busy_timeout(handle_.get(), static_cast<int>(patience.count()));
  // sqlite3 falls back to reading when it may not write; a queue is of no use then.
  if (sqlite3_db_readonly(handle_.get(), "main") == 1) {
    return Error{ErrorKind::refused, "unable to open database: " + path, "it may not be written"};
  }
  patience_ = options.busy_timeout;
  if (!options.automatic_checkpoints) {
    sqlite3_wal_autocheckpoint(handle_.get(), 0);
    sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  // secure_delete: finished jobs need not be overwritten with zeros; Debian's default is that they
  // are.
  const std::string settings =
      std::string("PRAGMA synchronous=") + (options.durable ? "FULL" : "NORMAL") +
      "; PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-" +
      std::to_string(options.cache_kib);
  if (auto done = execute(settings.c_str()); !done.ok()) return done;
  return prepare_transactions();
}

// Several processes may make the same file at once; sqlite3 does not use its busy timeout for all
// of the locks this takes.
Result<void> Database::use_log() {
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  while (true) {
    std::string mode;
    auto pragma = prepare("PRAGMA journal_mode=WAL");
    auto done = pragma.ok()
                    ? pragma->each([&mode](const Statement& row) { mode = row.bytes_at(0); })
                    : Result<void>(pragma.error());
    if (done.ok() && mode == "wal") return {};
    if (done.ok()) {
      return Error{ErrorKind::invalid, "unable to use database: " + path_of(handle_.get()),
                   "it cannot have a write-ahead log (mode " + mode + ")"};
    }
    if (!is_busy(done.error()) || std::chrono::steady_clock::now() >= deadline) return done;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

Result<void> Database::prepare_transactions() {
  struct {
    Statement* statement;
    const char* sql;
  } const wanted[] = {{&begin_, "BEGIN IMMEDIATE"}, {&commit_, "COMMIT"}, {&rollback_, "ROLLBACK"}};
  for (const auto& each : wanted) {
    auto prepared = prepare(each.sql);
    if (!prepared.ok()) return prepared.error();
    *each.statement = std::move(*prepared);
  }
  return {};
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return failure(handle_.get(), "unable to use database");
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure(handle_.get(), "unable to use database");
  return Statement(statement);
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.begin_.run(); !begun.ok()) return begun.error();
  return Transaction(database);
}

// rollback_.run() allocates only for an error text; out of memory is the end anyhow.
// NOLINTNEXTLINE(bugprone-exception-escape)
Transaction::~Transaction() {
  // A failure may have rolled back already; then there is nothing to end.
  if (database_ == nullptr || sqlite3_get_autocommit(database_->handle()) != 0) return;
  (void)database_->rollback_.run();
}

Result<void> Transaction::commit() {
  auto done = database_->commit_.run();
  if (done.ok()) database_ = nullptr;
  return done;
}

}  // namespace narwhal::sqlite
