// Settler: carries out verdicts. Each statement names the owner, so a verdict on a job that
// somebody else holds by now changes nothing. Runs inside the master's transaction.
#pragma once

#include "database.h"
#include "narwhal/delivery.h"

namespace narwhal::sqlite {

// A verdict on the way to the database.
struct Settlement {
  Reservation reservation = 0;
  std::int64_t row = 0;
  std::int64_t owner = 0;
  std::string job;  // its id, for the report that it was lost
  Verdict verdict;
  // The job as the application rewrote it; only for a retry of that kind.
  std::string queue;
  std::string payload;
  std::int32_t priority = kDefaultPriority;
};

class Settler {
 public:
  static Result<Settler> prepare(Database& database);

  // Whether the job was still ours.
  Result<bool> apply(const Settlement& settlement, WallTime now);

 private:
  explicit Settler(Database& database) : database_(&database) {}
  Result<bool> acknowledge(const Settlement& settlement);
  Result<bool> release(const Settlement& settlement);
  Result<bool> retry(const Settlement& settlement, WallTime now);
  Result<bool> bury(const Settlement& settlement, WallTime now);
  Result<void> rewrite(const Settlement& settlement);
  void bind_history(Statement& statement, const Verdict& verdict);
  Result<bool> run(Statement& statement, const Settlement& settlement);

  Database* database_;
  Statement ack_, release_, retry_, bury_;
  Statement rewrite_, store_body_, drop_body_;
};

}  // namespace narwhal::sqlite
