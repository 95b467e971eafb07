// The topics in which the delayed jobs of a queue wait, one for each range of time that is left. A
// partition is read from its front, so what stands there has to be the next to look at: whoever
// enters a level stays there until its span has passed, and since all of one level stay for the
// same time, they come out in the order in which they went in. Pure.
#pragma once

#include <array>
#include <cstddef>

#include "narwhal/clock.h"

namespace narwhal::kafka {

// A job with this much left, and less than the next span, enters here.
inline constexpr std::array<std::chrono::seconds, 7> kDelayLevels = {
    std::chrono::seconds{0},    std::chrono::seconds{1},   std::chrono::seconds{8},
    std::chrono::seconds{60},   std::chrono::seconds{480}, std::chrono::seconds{3600},
    std::chrono::seconds{28800}};

// The level that a job enters which is due in `left`.
inline std::size_t delay_level(Duration left) {
  std::size_t level = kDelayLevels.size() - 1;
  while (level > 0 && kDelayLevels[level] > left) --level;
  return level;
}

}  // namespace narwhal::kafka
