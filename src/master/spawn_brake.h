// Keeps a failing app from becoming a fork bomb: failures to start (the app does not load, a worker
// dies before it is ready) are spaced by a growing delay, and an app that never once started is
// given up. Pure.
#pragma once

#include <cstdint>

#include "base/backoff.h"
#include "narwhal/clock.h"

namespace narwhal {

class SpawnBrake {
 public:
  // Failures that come before the next try was due belong to the round that already failed.
  void on_failure(TimePoint now, double random);
  void on_ready();

  // Workers may be asked for from then on; kNever once the app is given up.
  [[nodiscard]] TimePoint ready_at() const { return give_up() ? kNever : retry_at_; }
  // While starting fails, one worker at a time is tried.
  [[nodiscard]] bool cautious() const { return rounds_ > 0; }
  [[nodiscard]] bool give_up() const { return !ever_ready_ && rounds_ >= kMostRounds; }
  [[nodiscard]] std::uint32_t rounds() const { return rounds_; }

 private:
  static constexpr std::uint32_t kMostRounds = 5;
  static constexpr Backoff kBackoff{std::chrono::milliseconds{500}, std::chrono::seconds{10}, 0.15};

  std::uint32_t rounds_ = 0;
  bool ever_ready_ = false;
  TimePoint retry_at_{};
};

}  // namespace narwhal
