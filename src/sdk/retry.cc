#include "narwhal/retry.h"

#include <algorithm>
#include <cmath>

namespace narwhal {
namespace {

// Keeps the sum with the clock within 64 bits.
constexpr Duration kLongest = std::chrono::hours{24 * 365 * 100};

double polynomial(int executions) { return std::pow(executions, 4); }

}  // namespace

Duration RetryWait::delay(int executions, double jitter, double spread) const {
  if (function_) return std::clamp(function_(executions), Duration{0}, kLongest);
  const double base =
      polynomial_ ? polynomial(executions) : std::chrono::duration<double>(fixed_).count();
  const double seconds = base + base * jitter * spread + (polynomial_ ? 2.0 : 0.0);
  const double longest = std::chrono::duration<double>(kLongest).count();
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::clamp(seconds, 0.0, longest)));
}

}  // namespace narwhal
