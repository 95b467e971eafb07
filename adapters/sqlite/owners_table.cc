#include "owners_table.h"

namespace narwhal::sqlite {
namespace {

constexpr const char* kAdd =
    "INSERT INTO owners (name, boot, pid, started_at, lock_file) VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr const char* kSetWake = "UPDATE owners SET wake = ?2 WHERE id = ?1";
constexpr const char* kSetLockFile = "UPDATE owners SET lock_file = ?2 WHERE id = ?1";
constexpr const char* kBeat = "UPDATE owners SET beat = beat + 1 WHERE id = ?1";
constexpr const char* kAll = "SELECT id, name, boot, pid, lock_file, wake, beat FROM owners";
constexpr const char* kRemove = "DELETE FROM owners WHERE id = ?1";
constexpr const char* kFreeOrphans =
    "UPDATE jobs INDEXED BY jobs_running SET state = 0, owner = NULL, crashes = crashes + 1"
    " WHERE state = 1 AND (owner IS NULL OR owner NOT IN (SELECT id FROM owners))";

}  // namespace

Result<OwnersTable> OwnersTable::prepare(Database& database) {
  OwnersTable table(database);
  struct {
    Statement* statement;
    const char* sql;
  } const wanted[] = {{&table.add_, kAdd},
                      {&table.set_wake_, kSetWake},
                      {&table.set_lock_file_, kSetLockFile},
                      {&table.beat_, kBeat},
                      {&table.all_, kAll},
                      {&table.remove_, kRemove},
                      {&table.free_orphans_, kFreeOrphans}};
  for (const auto& each : wanted) {
    auto prepared = database.prepare(each.sql);
    if (!prepared.ok()) return prepared.error();
    *each.statement = std::move(*prepared);
  }
  return table;
}

Result<std::int64_t> OwnersTable::add(const OwnerRow& row, WallTime now) {
  auto done = add_.bind_text(1, row.name)
                  .bind_text(2, row.boot)
                  .bind(3, row.pid)
                  .bind(4, to_unix_micros(now))
                  .bind(5, row.lock_file)
                  .run();
  if (!done.ok()) return done.error();
  return sqlite3_last_insert_rowid(database_->handle());
}

Result<void> OwnersTable::set_wake(std::int64_t id, const std::string& name) {
  return set_wake_.bind(1, id).bind_text(2, name).run();
}

Result<void> OwnersTable::set_lock_file(std::int64_t id, std::int64_t file) {
  return set_lock_file_.bind(1, id).bind(2, file).run();
}

Result<bool> OwnersTable::beat(std::int64_t id) {
  if (auto done = beat_.bind(1, id).run(); !done.ok()) return done.error();
  return database_->changes() > 0;
}

Result<std::vector<OwnerRow>> OwnersTable::all() {
  std::vector<OwnerRow> rows;
  auto done = all_.each([&rows](const Statement& row) {
    rows.push_back({row.integer_at(0), row.bytes_at(1), row.bytes_at(2), row.integer_at(3),
                    row.integer_at(4), row.bytes_at(5), row.integer_at(6)});
  });
  if (!done.ok()) return done.error();
  return rows;
}

Result<void> OwnersTable::remove(std::int64_t id) { return remove_.bind(1, id).run(); }

Result<int> OwnersTable::free_orphans() {
  if (auto done = free_orphans_.run(); !done.ok()) return done.error();
  return database_->changes();
}

}  // namespace narwhal::sqlite
