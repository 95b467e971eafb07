#include "master/worker_death.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>

#include "base/self_pipe.h"

namespace narwhal {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

RunOutcome outcome_of(const WorkerSlot& slot, const WorkerDeath& death, bool stopping) {
  switch (slot.kill_reason) {
    case KillReason::job_timeout:
      return RunOutcome::timed_out;
    case KillReason::stopping:
    case KillReason::overdue:
      return RunOutcome::released;
    case KillReason::none:
    case KillReason::spawn_timeout:
    case KillReason::deaf:
      break;
  }
  // TERM asks a worker to leave now: somebody stops the daemon with all its processes at once, or
  // means this worker. The job is not to blame; the cap on postponements ends one that is.
  if (death.signal() == SIGTERM) return stopping ? RunOutcome::released : RunOutcome::postponed;
  return RunOutcome::crashed;
}

}  // namespace

std::string WorkerDeath::text() const {
  if (signal() != 0) {
    return fmt::format("killed by {}{}", signal_name(signal()),
                       WCOREDUMP(status) ? " (core dumped)" : "");
  }
  return fmt::format("exited with status {}", WEXITSTATUS(status));
}

int WorkerDeath::signal() const { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

std::optional<int> WorkerDeath::exit_code() const {
  if (!WIFEXITED(status)) return std::nullopt;
  return WEXITSTATUS(status);
}

RunReport report_death(const WorkerSlot& slot, const JobInHand& job, const WorkerDeath& death,
                       bool stopping, TimePoint now, std::string& message) {
  RunReport report;
  report.outcome = outcome_of(slot, death, stopping);
  report.took = now - job.started;
  report.worker = slot.index;
  report.pid = death.pid;
  report.max_rss_kib = death.max_rss_kib;
  report.signal = death.signal();
  report.exit_code = death.exit_code();
  if (report.outcome == RunOutcome::timed_out) {
    report.error_class = "narwhal::JobTimeout";
    message = fmt::format("over job_timeout: killed after {:.1f} s", seconds(report.took));
  } else {
    report.error_class = "narwhal::WorkerDied";
    message = fmt::format(
        "the worker was lost while it ran the job: {}{}",
        slot.kill_reason == KillReason::deaf ? "it closed its channel or garbled it, " : "",
        death.text());
  }
  report.message = message;
  return report;
}

}  // namespace narwhal
