// Delays that double up to a cap, spread by jitter so that many who failed together do not all come
// back together. Pure: the caller brings the random number.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "narwhal/clock.h"

namespace narwhal {

struct Backoff {
  Duration base;
  Duration max;
  double jitter = 0.15;  // share of the delay, up and down

  // The delay before try number `failures` + 1; `failures` is at least 1. `random` is in [0, 1).
  [[nodiscard]] Duration delay(std::uint32_t failures, double random) const {
    const double doubled =
        static_cast<double>(base.count()) * std::exp2(std::min(failures, 64U) - 1.0);
    const double capped = std::min(doubled, static_cast<double>(max.count()));
    const double spread = capped * (1.0 + jitter * (2.0 * random - 1.0));
    return Duration{static_cast<Duration::rep>(spread)};
  }
};

}  // namespace narwhal
