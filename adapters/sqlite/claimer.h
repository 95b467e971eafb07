// Claimer: takes ready jobs into an owner's hand, in the order in which they should run. Part of
// one session of the master's connection; claim() runs inside its transaction.
#pragma once

#include <vector>

#include "database.h"
#include "narwhal/delivery.h"

namespace narwhal::sqlite {

// A job as claimed. The reservation is not set yet.
struct ClaimedJob {
  std::int64_t row = 0;
  Delivery delivery;
};

// A row that cannot be delivered; it became a dead letter.
struct SetAside {
  std::string job;
  std::string queue;
  std::string reason;
};

struct Claim {
  std::vector<ClaimedJob> jobs;
  std::vector<SetAside> set_aside;
};

class Claimer {
 public:
  static Result<Claimer> prepare(Database& database, std::size_t max_payload);

  // Whether a job is ready in one of the queues. Reads only.
  Result<bool> any_ready(const std::vector<std::string>& queues);

  // Up to `want` jobs, the first queue's first.
  Result<Claim> claim(const std::vector<std::string>& queues, std::size_t want, std::int64_t owner,
                      WallTime now);

 private:
  explicit Claimer(std::size_t max_payload) : max_payload_(max_payload) {}
  Result<void> claim_from(const std::string& queue, std::size_t want, std::int64_t owner,
                          WallTime now, Claim& claim);
  Result<std::vector<ClaimedJob>> read_ready(const std::string& queue, std::size_t limit);
  Result<void> take(ClaimedJob job, std::int64_t owner, WallTime now, Claim& claim);
  Result<void> complete(ClaimedJob& job);
  Result<void> set_aside(const ClaimedJob& job, std::string reason, WallTime now, Claim& claim);

  std::size_t max_payload_;
  Statement peek_;
  Statement select_;
  Statement body_;
  Statement mark_running_;
  Statement set_job_;
  Statement mark_dead_;
};

}  // namespace narwhal::sqlite
