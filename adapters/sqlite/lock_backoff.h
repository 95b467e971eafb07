// LockBackoff: when to try again after another connection held the write lock. Pure.
#pragma once

#include <algorithm>
#include <chrono>

#include "narwhal/clock.h"

namespace narwhal::sqlite {

class LockBackoff {
 public:
  void refused(TimePoint now) {
    until_ = now + step_;
    step_ = std::min<Duration>(step_ * 2, kLongest);
  }
  void granted() { *this = {}; }

  [[nodiscard]] bool over(TimePoint now) const { return until_ <= now; }
  [[nodiscard]] TimePoint until() const { return until_; }

 private:
  static constexpr Duration kLongest = std::chrono::milliseconds{50};

  Duration step_ = std::chrono::milliseconds{1};
  TimePoint until_{};
};

}  // namespace narwhal::sqlite
