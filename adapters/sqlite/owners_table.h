// OwnersTable: the masters that share a queue, one row each. Runs inside the master's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "database.h"

namespace narwhal::sqlite {

struct OwnerRow {
  std::int64_t id = 0;
  std::string name;
  std::string boot;
  std::int64_t pid = 0;
  std::int64_t lock_file = 0;
  std::string wake;  // name of its wake-up socket in the database's directory; empty: none
  std::int64_t beat = 0;
};

class OwnersTable {
 public:
  static Result<OwnersTable> prepare(Database& database);

  // Ids are never used twice.
  Result<std::int64_t> add(const OwnerRow& row, WallTime now);
  Result<void> set_wake(std::int64_t id, const std::string& name);
  Result<void> set_lock_file(std::int64_t id, std::int64_t file);
  // Says "still here". False: the row is gone, and with it every job in hand.
  Result<bool> beat(std::int64_t id);
  Result<std::vector<OwnerRow>> all();
  Result<void> remove(std::int64_t id);
  // Running jobs whose owner has no row are ready again, one crash richer, which their history
  // tells; `dead`: the owners removed just now. Returns how many.
  Result<int> free_orphans(const std::vector<OwnerRow>& dead, WallTime now);

 private:
  explicit OwnersTable(Database& database) : database_(&database) {}

  Database* database_;
  Statement add_, set_wake_, set_lock_file_, beat_, all_, remove_, orphans_, free_orphan_;
};

}  // namespace narwhal::sqlite
