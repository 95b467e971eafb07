// LockBackoff: when to try again after another connection held the write lock. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

#include "narwhal/clock.h"

namespace narwhal::sqlite {

class LockBackoff {
 public:
  // Returns true once, when the lock has been held for so long that somebody should be told.
  bool refused(TimePoint now) {
    if (step_ == kShortest) since_ = now;
    until_ = now + step_;
    // A writer that commits again and again leaves short gaps, which long pauses would miss; a lock
    // held for long is somebody's transaction, and asking often does not end it.
    step_ = std::min(step_ * 2, now - since_ < kPatience ? kLongestAtFirst : kLongest);
    return now - since_ >= kLong && !std::exchange(told_, true);
  }
  void granted() { *this = {}; }
  // A writer has just finished.
  void try_now() { until_ = TimePoint{}; }

  [[nodiscard]] bool free() const { return step_ == kShortest; }
  [[nodiscard]] bool over(TimePoint now) const { return until_ <= now; }
  [[nodiscard]] TimePoint until() const { return until_; }

 private:
  static constexpr Duration kShortest = std::chrono::milliseconds{1};
  static constexpr Duration kLongestAtFirst = std::chrono::milliseconds{8};
  static constexpr Duration kPatience = std::chrono::seconds{1};
  static constexpr Duration kLongest = std::chrono::milliseconds{50};
  static constexpr Duration kLong = std::chrono::seconds{5};

  Duration step_ = kShortest;
  TimePoint until_{};
  TimePoint since_{};
  bool told_ = false;
};

}  // namespace narwhal::sqlite
