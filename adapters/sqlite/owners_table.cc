#include "owners_table.h"

#include "narwhal/orphan_run.h"

namespace narwhal::sqlite {
namespace {

constexpr const char* kAdd =
    "INSERT INTO owners (name, boot, pid, started_at, lock_file) VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr const char* kSetWake = "UPDATE owners SET wake = ?2 WHERE id = ?1";
constexpr const char* kSetLockFile = "UPDATE owners SET lock_file = ?2 WHERE id = ?1";
constexpr const char* kBeat = "UPDATE owners SET beat = beat + 1 WHERE id = ?1";
constexpr const char* kAll = "SELECT id, name, boot, pid, lock_file, wake, beat FROM owners";
constexpr const char* kRemove = "DELETE FROM owners WHERE id = ?1";
constexpr const char* kOrphans =
    "SELECT id, owner, attempts, history FROM jobs INDEXED BY jobs_running"
    " WHERE state = 1 AND (owner IS NULL OR owner NOT IN (SELECT id FROM owners))";
constexpr const char* kFreeOrphan =
    "UPDATE jobs SET state = 0, owner = NULL, crashes = crashes + 1, history = ?2 WHERE id = ?1";

struct Orphan {
  std::int64_t row = 0;
  std::string history;
};

Orphan read_orphan(const Statement& row, const std::vector<OwnerRow>& dead, WallTime now) {
  OrphanRun run;
  run.found_at = now;
  run.attempt = static_cast<std::uint32_t>(row.integer_at(2)) + 1;
  for (const auto& owner : dead) {
    if (row.is_null(1) || owner.id != row.integer_at(1)) continue;
    run.master = owner.name;
    run.pid = owner.pid;
  }
  return {row.integer_at(0), add_orphan_run(row.bytes_at(3), run)};
}

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
                      {&table.orphans_, kOrphans},
                      {&table.free_orphan_, kFreeOrphan}};
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

Result<int> OwnersTable::free_orphans(const std::vector<OwnerRow>& dead, WallTime now) {
  std::vector<Orphan> orphans;
  auto read =
      orphans_.each([&](const Statement& row) { orphans.push_back(read_orphan(row, dead, now)); });
  if (!read.ok()) return read.error();
  for (const auto& orphan : orphans) {
    auto done = free_orphan_.bind(1, orphan.row).bind_text(2, orphan.history).run();
    if (!done.ok()) return done.error();
  }
  return static_cast<int>(orphans.size());
}

}  // namespace narwhal::sqlite
