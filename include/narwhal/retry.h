// How a job class wants to be run again after an exception: the values given to
// JobOptions::retry_on(). They mean what ActiveJob's do.
#pragma once

#include <chrono>
#include <climits>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "narwhal/clock.h"

namespace narwhal {

inline constexpr int unlimited = INT_MAX;

// Longer waits are cut to this: the sum with the clock has to stay within 64 bits.
inline constexpr std::chrono::hours kLongestWait{24 * 365 * 100};

// executions^4 + 2 seconds: 3 s, 18 s, 83 s, 258 s, …
struct PolynomiallyLonger {};
inline constexpr PolynomiallyLonger polynomially_longer{};

// How long to wait before the next run: a duration, polynomially_longer, or a function of the
// number of runs that have failed in this way (1 after the first).
class RetryWait {
 public:
  template <typename Rep, typename Period>
  RetryWait(std::chrono::duration<Rep, Period> fixed)  // NOLINT: implicit by design, as below
      : fixed_(bounded(std::chrono::duration<double>(fixed))) {}
  RetryWait(PolynomiallyLonger) : polynomial_(true) {}  // NOLINT
  template <std::invocable<int> Function>
  RetryWait(Function function)  // NOLINT
      : function_([function = std::move(function)](int executions) {
          return bounded(std::chrono::duration<double>(function(executions)));
        }) {}

  // `spread` in [0, 1] is how much of the jitter to add. A function's answer gets none.
  [[nodiscard]] Duration delay(int executions, double jitter, double spread) const;

 private:
  // At least nothing, at most kLongestWait.
  static Duration bounded(std::chrono::duration<double> wait);

  Duration fixed_{0};
  bool polynomial_ = false;
  std::function<Duration(int)> function_;
};

struct RetryRule {
  int attempts = 5;  // runs in all; after the last the exception stands
  RetryWait wait = std::chrono::seconds{3};
  double jitter = 0.15;                       // up to this share of the wait on top
  std::string queue = {};                     // empty: the same
  std::optional<std::int32_t> priority = {};  // none: the same
};

}  // namespace narwhal
