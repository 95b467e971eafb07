// Schedule: the delayed jobs. Makes due ones ready, a bounded number at a time, and knows when the
// next one is due. They wait in the database, never in memory.
#pragma once

#include <optional>

#include "database.h"

namespace narwhal::sqlite {

class Schedule {
 public:
  static Result<Schedule> prepare(Database& database);

  // The earliest due time of all delayed jobs. Reads only.
  Result<std::optional<WallTime>> next_due();

  // Makes up to kAtOnce due jobs ready, the earliest first; returns how many.
  Result<int> promote(WallTime now);

  static constexpr int kAtOnce = 200;

 private:
  explicit Schedule(Database& database) : database_(&database) {}

  Database* database_;
  Statement next_;
  Statement promote_;
};

}  // namespace narwhal::sqlite
