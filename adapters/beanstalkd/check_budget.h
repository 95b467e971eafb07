// CheckBudget: how often the server may be asked about a job before it is handed out. Asking every
// time would cost the server half as much again for short jobs; below a rate at which that is not
// felt, every job is asked about. Pure.
#pragma once

#include <algorithm>

#include "narwhal/clock.h"

namespace narwhal::beanstalkd {

class CheckBudget {
 public:
  // Enough for all the jobs that a dead master can have had in hand: select() allows it no more.
  static constexpr double kBurst = 1024;
  static constexpr double kPerSecond = 500;

  void refill(TimePoint now) {
    left_ = kBurst;
    at_ = now;
  }
  bool spend(TimePoint now) {
    const double passed = std::chrono::duration<double>(now - at_).count();
    left_ = std::min(kBurst, left_ + passed * kPerSecond);
    at_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  double left_ = kBurst;
  TimePoint at_{};
};

}  // namespace narwhal::beanstalkd
