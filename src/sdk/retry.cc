#include "narwhal/retry.h"

#include <algorithm>
#include <cmath>

namespace narwhal {
namespace {

double polynomial(int executions) { return std::pow(executions, 4); }

}  // namespace

Duration RetryWait::bounded(std::chrono::duration<double> wait) {
  constexpr std::chrono::duration<double> kLongest = kLongestWait;
  return std::chrono::round<Duration>(
      std::clamp(wait, std::chrono::duration<double>::zero(), kLongest));
}

Duration RetryWait::delay(int executions, double jitter, double spread) const {
  if (function_) return function_(executions);
  const double base =
      polynomial_ ? polynomial(executions) : std::chrono::duration<double>(fixed_).count();
  const double seconds = base + base * jitter * spread + (polynomial_ ? 2.0 : 0.0);
  return bounded(std::chrono::duration<double>(seconds));
}

}  // namespace narwhal
