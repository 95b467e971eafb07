// TakenJob: a job that one of our connections has reserved, and what is known of it. The server
// tells its id and its body; the rest comes from the envelope, or from stats-job where that was
// asked.
#pragma once

#include <optional>
#include <string>

#include "envelope.h"
#include "job_stats.h"
#include "protocol.h"

namespace narwhal::beanstalkd {

struct TakenJob {
  ServerId id = 0;
  Reservation reservation = 0;  // 0: not handed out
  std::optional<std::size_t> tube;
  bool sealed = false;
  bool raw = false;   // so large that no envelope fits: counted by the server alone
  bool told = false;  // the counters of the delivery took `stats` into account
  Envelope envelope;  // its texts move into the delivery and come back with it
  std::string payload;
  std::optional<JobStats> stats;
  TimePoint touch_at = kNever;

  // 0: not known yet.
  [[nodiscard]] std::uint32_t ttr() const {
    if (stats) return stats->ttr;
    return sealed ? envelope.ttr : 0;
  }
};

}  // namespace narwhal::beanstalkd
