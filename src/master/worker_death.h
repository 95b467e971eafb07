// What the death of a worker means for the job it was running, in words and as a report. Pure.
#pragma once

#include <string>

#include "master/run_report.h"
#include "master/worker_table.h"

namespace narwhal {

struct WorkerDeath {
  pid_t pid = 0;
  int status = 0;  // as waitpid() gives it
  std::int64_t max_rss_kib = 0;

  // "killed by SIGSEGV (core dumped)", "exited with status 3".
  [[nodiscard]] std::string text() const;
  [[nodiscard]] int signal() const;  // 0: it exited
  [[nodiscard]] std::optional<int> exit_code() const;
};

// The report for the job in hand of `slot`; `message` keeps the text that the report points into.
// `stopping`: the daemon is on its way out.
RunReport report_death(const WorkerSlot& slot, const JobInHand& job, const WorkerDeath& death,
                       bool stopping, TimePoint now, std::string& message);

}  // namespace narwhal
