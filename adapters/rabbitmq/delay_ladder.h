// DelayLadder: the few delays for which there are queues. A message's own time to live cannot be
// used: the server looks at the head of a queue only, so that a short delay would wait behind a
// long one. So a job waits in one queue of a fixed delay after the other until it is due. Pure.
#pragma once

#include <array>

#include "narwhal/clock.h"

namespace narwhal::rabbitmq {

namespace ladder_detail {
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
}  // namespace ladder_detail

inline constexpr std::array<Duration, 20> kDelaySteps = {
    ladder_detail::milliseconds{100}, ladder_detail::milliseconds{200},
    ladder_detail::milliseconds{500}, ladder_detail::seconds{1},
    ladder_detail::seconds{2},        ladder_detail::seconds{5},
    ladder_detail::seconds{10},       ladder_detail::seconds{20},
    ladder_detail::seconds{30},       ladder_detail::minutes{1},
    ladder_detail::minutes{2},        ladder_detail::minutes{5},
    ladder_detail::minutes{10},       ladder_detail::minutes{20},
    ladder_detail::minutes{30},       ladder_detail::hours{1},
    ladder_detail::hours{3},          ladder_detail::hours{6},
    ladder_detail::hours{12},         ladder_detail::hours{24}};

// A job may start this much after its time if that saves it a turn.
inline constexpr Duration kDelaySlack = std::chrono::milliseconds{100};

// The queue for a job that is due in `left`: the longest that is not too long.
inline Duration next_delay(Duration left) {
  Duration best = kDelaySteps.front();
  for (const Duration step : kDelaySteps) {
    if (step > left) return step - left <= kDelaySlack ? step : best;
    best = step;
  }
  return best;
}

}  // namespace narwhal::rabbitmq
