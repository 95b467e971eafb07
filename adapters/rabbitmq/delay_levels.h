// The queues in which the delayed jobs of a queue wait, one for each range of time that is left. A
// queue can only be looked at from its front, so what stands there has to be the next to look at:
// whoever enters a level stays there until its span has passed, or until due, and since all of one
// level stay for the same time, they come out in the order in which they went in. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "narwhal/clock.h"

namespace narwhal::rabbitmq {

struct DelayLevel {
  // A job with this much left, and less than the next level's span, enters here.
  std::chrono::seconds span;
  // So many of its jobs a master holds at once: few, since they come with their payloads; but more
  // where they pass soon, and where they are in no order.
  std::uint16_t prefetch;
};

inline constexpr std::array<DelayLevel, 7> kDelayLevels = {{
    {std::chrono::seconds{0}, 256},
    {std::chrono::seconds{1}, 128},
    {std::chrono::seconds{8}, 64},
    {std::chrono::minutes{1}, 16},
    {std::chrono::minutes{8}, 16},
    {std::chrono::hours{1}, 16},
    {std::chrono::hours{8}, 16},
}};

// The level that a job enters which is due in `left`.
inline std::size_t delay_level(Duration left) {
  std::size_t level = kDelayLevels.size() - 1;
  while (level > 0 && kDelayLevels[level].span > left) --level;
  return level;
}

}  // namespace narwhal::rabbitmq
