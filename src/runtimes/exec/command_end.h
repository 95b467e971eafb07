// How a command ended, and what that means for its job. Pure: values in, values out. The wording is
// documented (src/runtimes/exec/README.md) and stable: people search their dead letters for it.
#pragma once

#include <string>

#include "narwhal/clock.h"
#include "narwhal/result.h"
#include "narwhal/runtime.h"
#include "runtimes/exec/output_tail.h"

namespace narwhal::exec {

struct CommandEnd {
  int status = 0;            // as waitpid() gives it
  long max_rss_kib = 0;      // of the command and all that it waited for
  int exec_error = 0;        // errno of execve(); 0: the command ran
  bool interrupted = false;  // SIGTERM was sent at the soft timeout
  Duration soft_timeout{0};
  OutputTail errors;
};

// A narwhal_result with texts of its own.
struct RunReport {
  narwhal_outcome outcome = NARWHAL_DONE;
  std::string error_class;
  std::string message;   // one line
  std::string output;    // the tail of stderr
  int signal = 0;        // crashed only
  long max_rss_kib = 0;  // crashed only
};

RunReport report_end(const CommandEnd& end, const std::string& file);

// The command's file could not be found.
RunReport command_missing(const Error& error);
// The system could not start a process: the job is not to blame.
RunReport command_not_started(const Error& error);

}  // namespace narwhal::exec
