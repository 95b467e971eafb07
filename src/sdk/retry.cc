#include "narwhal/retry.h"

#include <algorithm>
#include <cmath>

namespace narwhal {
namespace {

constexpr double kLongest = 100.0 * 365 * 86400;  // keeps the sum with the clock within 64 bits

double polynomial(int executions) { return std::pow(executions, 4); }

}  // namespace

Duration RetryWait::delay(int executions, double jitter, double spread) const {
  if (function_) return std::max(Duration{0}, function_(executions));
  const double base =
      polynomial_ ? polynomial(executions) : std::chrono::duration<double>(fixed_).count();
  const double seconds = base + base * jitter * spread + (polynomial_ ? 2.0 : 0.0);
  return std::chrono::duration_cast<Duration>(
      std::chrono::duration<double>(std::clamp(seconds, 0.0, kLongest)));
}

}  // namespace narwhal
