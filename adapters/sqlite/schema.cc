#include "schema.h"

#include "narwhal/job_id.h"

namespace narwhal::sqlite {
namespace {

// Version 1. A foreign producer gives queue and payload; everything else has a default. STRICT
// keeps a queue name bound as a blob, which would never be found again, from getting in. The
// payload comes last so that reading the other columns never touches its pages. AUTOINCREMENT: a
// row's number must not come back while somebody may still hold a reservation on the old one. The
// indexes are partial, so a look for ready jobs never meets others, and costs the same however many
// jobs wait.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE identity (uuid TEXT NOT NULL) STRICT;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job TEXT,
  queue TEXT NOT NULL,
  prio INTEGER NOT NULL DEFAULT 0,
  state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 3),
  run_at INTEGER,
  owner INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0,
  crashes INTEGER NOT NULL DEFAULT 0,
  postponed INTEGER NOT NULL DEFAULT 0,
  enqueued_at INTEGER NOT NULL
    DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)),
  died_at INTEGER,
  reason TEXT,
  history TEXT,
  payload ANY,
  CHECK (state <> 2 OR run_at IS NOT NULL)
) STRICT;
CREATE INDEX jobs_ready ON jobs (queue, prio) WHERE state = 0;
CREATE INDEX jobs_running ON jobs (owner) WHERE state = 1;
CREATE INDEX jobs_delayed ON jobs (run_at, queue) WHERE state = 2;
CREATE INDEX jobs_dead ON jobs (died_at, queue) WHERE state = 3;
CREATE INDEX jobs_dead_by_job ON jobs (job) WHERE state = 3;

CREATE TABLE bodies (job INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT;
CREATE TRIGGER jobs_body AFTER DELETE ON jobs WHEN old.payload IS NULL
BEGIN DELETE FROM bodies WHERE job = old.id; END;

CREATE TABLE owners (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  boot TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  lock_file INTEGER NOT NULL,
  wake TEXT,
  beat INTEGER NOT NULL DEFAULT 0
) STRICT;
)sql";

constexpr const char* kMigrations[] = {kVersion1};

Error unusable(Database& database, std::string reason) {
  const char* path = sqlite3_db_filename(database.handle(), "main");
  return Error{ErrorKind::invalid, std::string("unable to use database: ") + path,
               std::move(reason)};
}

Result<std::int64_t> ask(Database& database, const char* sql) {
  auto statement = database.prepare(sql);
  if (!statement.ok()) return statement.error();
  auto value = statement->integer();
  if (!value.ok()) return value.error();
  return value->value_or(0);
}

// The file's version: 0 for an empty one. Fails when there is no working with it.
Result<std::int64_t> known_version(Database& database, std::int64_t newest) {
  auto version = ask(database, "PRAGMA user_version");
  if (!version.ok()) return version.error();
  auto application = ask(database, "PRAGMA application_id");
  if (!application.ok()) return application.error();
  auto tables = ask(database, "SELECT count(*) FROM sqlite_schema");
  if (!tables.ok()) return tables.error();
  const bool empty = *version == 0 && *tables == 0;
  if (!empty && *application != kApplicationId) {
    return unusable(database, "it is the database of another program");
  }
  if (*version > newest) {
    return unusable(database, "it has schema version " + std::to_string(*version) +
                                  " of a newer Narwhal; this one knows up to " +
                                  std::to_string(newest));
  }
  return *version;
}

// In a transaction that only reads, so that a process that makes the tables meanwhile is seen
// before or after, not in between.
Result<std::int64_t> look(Database& database, std::int64_t newest) {
  if (auto begun = database.execute("BEGIN"); !begun.ok()) return begun.error();
  auto version = known_version(database, newest);
  if (auto ended = database.execute("ROLLBACK"); !ended.ok()) return ended.error();
  return version;
}

Result<void> mark(Database& database, std::int64_t version) {
  const std::string sql = "PRAGMA application_id=" + std::to_string(kApplicationId) +
                          "; PRAGMA user_version=" + std::to_string(version);
  return database.execute(sql.c_str());
}

Result<void> name_database(Database& database) {
  auto insert = database.prepare("INSERT INTO identity (uuid) VALUES (?1)");
  if (!insert.ok()) return insert.error();
  const std::string uuid = new_job_id();
  return insert->bind_text(1, uuid).run();
}

Result<void> apply(Database& database, std::int64_t from, std::span<const char* const> steps) {
  for (auto at = static_cast<std::size_t>(from); at < steps.size(); ++at) {
    if (auto done = database.execute(steps[at]); !done.ok()) return done;
  }
  if (from == 0) {
    if (auto done = name_database(database); !done.ok()) return done;
  }
  return mark(database, static_cast<std::int64_t>(steps.size()));
}

}  // namespace

std::span<const char* const> migrations() { return kMigrations; }

Result<void> ensure_schema(Database& database, std::span<const char* const> steps) {
  const auto newest = static_cast<std::int64_t>(steps.size());
  auto version = look(database, newest);
  if (!version.ok()) return version.error();
  // Only now: another program's database must not be changed, not even in its way of writing.
  if (auto done = database.use_log(); !done.ok() || *version == newest) return done;

  auto transaction = Transaction::begin(database);
  if (!transaction.ok()) return transaction.error();
  version = known_version(database, newest);  // another process may have been faster
  if (!version.ok()) return version.error();
  if (auto done = apply(database, *version, steps); !done.ok()) return done;
  return transaction->commit();
}

Result<std::string> database_identity(Database& database) {
  auto select = database.prepare("SELECT uuid FROM identity");
  if (!select.ok()) return select.error();
  std::string uuid;
  auto done = select->each([&uuid](const Statement& row) { uuid = row.bytes_at(0); });
  if (!done.ok()) return done.error();
  return uuid;
}

}  // namespace narwhal::sqlite
