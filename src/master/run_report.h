// How one run of a job ended, as the master learned it: from the worker, or from the worker's
// death.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "narwhal/clock.h"
#include "wire/message.h"

namespace narwhal {

enum class RunOutcome : std::uint8_t {
  done,
  failed,     // raised, or returned failure
  timed_out,  // over job_timeout, its worker killed for it; counts as failed
  retried,    // the job asked to run again with other content
  discarded,  // the job's own rules gave it up
  postponed,  // cannot run here now; no attempt spent
  rejected,   // can never run
  crashed,    // the worker died, or the command was killed by a signal
  released,   // the daemon took it back (stop, drain, recycle)
};

std::string_view outcome_name(RunOutcome outcome);

// Views point into the message or string that the report was made from.
struct RunReport {
  RunOutcome outcome = RunOutcome::done;
  std::string_view job_class;
  std::string_view error_class;
  std::string_view message;
  std::string_view backtrace;
  NewJobMessage again;  // retried

  int signal = 0;                // crashed: what killed the worker or command
  std::optional<int> exit_code;  // crashed: what the worker exited with
  std::int64_t max_rss_kib = 0;  // crashed: its peak resident set
  Duration took{0};
  std::uint32_t worker = 0;
  std::int64_t pid = 0;
};

}  // namespace narwhal
