// What becomes of a job after a run: design rule 2 of delivery, as plain code on values.
#pragma once

#include <string>

#include "base/backoff.h"
#include "master/run_report.h"
#include "narwhal/config.h"
#include "narwhal/delivery.h"

namespace narwhal {

// A job that cannot run now (unknown class, exit 75) is tried this often before it is dead.
inline constexpr std::uint32_t kPostponeLimit = 100;

class SettlePolicy {
 public:
  explicit SettlePolicy(const RetryConfig& config)
      : config_(config), backoff_{config.base, config.max, config.jitter} {}

  // The verdict on `job` after a run that ended as `report` says. A retry that the job asked for
  // rewrites `job`. `random` is in [0, 1).
  [[nodiscard]] Verdict after_run(Delivery& job, const RunReport& report, WallTime now,
                                  double random) const;

  // A job that has died with its masters or workers too often is not run once more: true, with the
  // verdict to bury it.
  [[nodiscard]] bool dead_on_arrival(const Delivery& job, Verdict& verdict) const;

 private:
  [[nodiscard]] bool over_crash_limit(const Counters& counters) const {
    return config_.crash_limit > 0 && counters.crashes >= config_.crash_limit;
  }
  [[nodiscard]] Verdict after_failure(const Delivery& job, const RunReport& report,
                                      double random) const;
  [[nodiscard]] Verdict after_crash(const Delivery& job, const RunReport& report,
                                    double random) const;
  [[nodiscard]] Verdict after_postponement(const Delivery& job, const RunReport& report,
                                           double random) const;

  RetryConfig config_;
  Backoff backoff_;
};

}  // namespace narwhal
