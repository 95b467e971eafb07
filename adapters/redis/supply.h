// Supply: whether a fetch would find a job, as far as we have been told. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "narwhal/clock.h"
#include "turn_reply.h"

namespace narwhal::redis {

class Supply {
 public:
  // Nothing is known.
  void reset();
  // There may be a job now.
  void heard();
  // There may be delayed jobs that are due.
  void look_at_once() { look_at_ = TimePoint{}; }

  // Nothing is to be fetched until we hear of it.
  [[nodiscard]] bool dry() const { return dry_; }
  [[nodiscard]] bool look_due(TimePoint now) const { return look_at_ <= now; }
  [[nodiscard]] bool fetch_due(TimePoint now) const { return !dry_ || look_due(now); }
  // When delayed jobs are to be looked for.
  [[nodiscard]] TimePoint look_at() const { return look_at_; }

  void fetch_sent() { news_when_sent_ = news_; }
  // What that fetch found. What we have heard since then may be newer than what it saw.
  // `idle_look`: how soon delayed jobs are looked for while the queues are empty, at the latest;
  // Duration::max(): we are told of them.
  void fetched(const TurnReply& turn, TimePoint now, Duration idle_look);

 private:
  bool dry_ = false;
  TimePoint look_at_{};
  std::uint64_t news_ = 0;
  std::uint64_t news_when_sent_ = 0;
};

}  // namespace narwhal::redis
