// Time, as Narwhal uses it. Timeouts, back-off and leases are elapsed time on a monotonic clock;
// only the due times of delayed jobs are wall-clock time. Code that decides by time takes a Clock,
// so tests move time by hand.
#pragma once

#include <chrono>
#include <cstdint>

namespace narwhal {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

inline constexpr TimePoint kNever = TimePoint::max();

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
  [[nodiscard]] virtual WallTime wall_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall_now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }
};

// Microseconds since the Unix epoch, the form in which wall-clock times are stored and sent.
inline std::int64_t to_unix_micros(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_unix_micros(std::int64_t micros) {
  return WallTime{std::chrono::microseconds{micros}};
}

}  // namespace narwhal
