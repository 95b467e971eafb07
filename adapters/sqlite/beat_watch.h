// BeatWatch: which owners have given no sign of life for a whole lease, by this observer's own
// monotonic clock. Pure.
//
// Between two looks at most one interval counts as silence. So an observer that was itself stopped,
// or kept from looking because the database was locked, accuses nobody on waking up.
#pragma once

#include <algorithm>
#include <map>

#include "narwhal/clock.h"

namespace narwhal::sqlite {

class BeatWatch {
 public:
  // `interval`: how often it is asked to look.
  BeatWatch(Duration lease, Duration interval) : lease_(lease), interval_(interval) {}

  void begin_look(TimePoint now) {
    step_ = started_ ? std::min(now - looked_at_, interval_) : Duration{0};
    looked_at_ = now;
    started_ = true;
    ++look_;
  }

  // Whether `owner`, whose counter stands at `beat`, is silent for too long. Once per look and
  // owner.
  bool silent(std::int64_t owner, std::int64_t beat) {
    auto [at, fresh] = seen_.try_emplace(owner);
    Seen& seen = at->second;
    if (fresh || seen.beat != beat) {
      seen.beat = beat;
      seen.silence = Duration{0};
    } else {
      seen.silence += step_;
    }
    seen.look = look_;
    return seen.silence >= lease_;
  }

  // Forgets owners that are no longer there.
  void end_look() {
    std::erase_if(seen_, [this](const auto& entry) { return entry.second.look != look_; });
  }

 private:
  struct Seen {
    std::int64_t beat = 0;
    Duration silence{0};
    std::uint64_t look = 0;
  };

  Duration lease_;
  Duration interval_;
  Duration step_{0};
  TimePoint looked_at_{};
  bool started_ = false;
  std::uint64_t look_ = 0;
  std::map<std::int64_t, Seen> seen_;
};

}  // namespace narwhal::sqlite
