// Runs that were cut off: counted by the server, but nobody reported on them. Pure.
#pragma once

#include <algorithm>
#include <string>

#include "narwhal/orphan_run.h"

namespace narwhal::beanstalkd {

// Writes `runs` crashes into the counters and the history; whose master it was, the server cannot
// say. A history keeps ten runs, so more records would only push out what says more.
inline void note_cut_off(std::uint32_t runs, WallTime now, Counters& counters,
                         std::string& history) {
  constexpr std::uint32_t kMostRecords = 10;
  counters.crashes += runs;
  for (std::uint32_t i = 0; i < std::min(runs, kMostRecords); ++i) {
    history =
        add_orphan_run(history, {.master = {}, .found_at = now, .attempt = counters.attempts + 1});
  }
}

}  // namespace narwhal::beanstalkd
