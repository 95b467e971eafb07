// FakeClock: time that moves when the test says so. Monotonic and wall-clock time move together
// unless the wall clock is made to jump.
#pragma once

#include "narwhal/clock.h"

namespace narwhal::test {

class FakeClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  [[nodiscard]] WallTime wall_now() const override { return wall_; }

  void advance(Duration step) {
    now_ += step;
    wall_ += std::chrono::duration_cast<std::chrono::microseconds>(step);
  }
  void jump_wall(Duration step) {
    wall_ += std::chrono::duration_cast<std::chrono::microseconds>(step);
  }

 private:
  TimePoint now_{std::chrono::hours{1}};
  WallTime wall_{std::chrono::seconds{1'700'000'000}};
};

}  // namespace narwhal::test
