#include "master/settle.h"

#include <fmt/format.h>

#include "master/history.h"

namespace narwhal {
namespace {

Verdict retry(Counters counters, Duration delay) {
  Verdict verdict;
  verdict.action = Verdict::Action::retry;
  verdict.counters = counters;
  verdict.delay = delay;
  return verdict;
}

Verdict bury(Counters counters, std::string reason) {
  Verdict verdict;
  verdict.action = Verdict::Action::bury;
  verdict.counters = counters;
  verdict.reason = std::move(reason);
  return verdict;
}

// The job's own request to run again: its content changes, its id and counters stay.
Verdict rewrite(Delivery& job, const NewJobMessage& again, WallTime now) {
  job.payload = again.payload;
  if (!again.queue.empty()) job.queue = again.queue;
  job.priority = again.priority;
  const Duration wait = again.run_at < 0 ? Duration{0} : from_unix_micros(again.run_at) - now;
  Verdict verdict = retry(job.counters, std::max(wait, Duration{0}));
  verdict.rewritten = true;
  return verdict;
}

std::string describe(const RunReport& report) {
  if (report.error_class.empty()) return std::string{report.message};
  return fmt::format("{}: {}", report.error_class, report.message);
}

}  // namespace

Verdict SettlePolicy::after_run(Delivery& job, const RunReport& report, WallTime now,
                                double random) const {
  Verdict verdict;
  switch (report.outcome) {
    case RunOutcome::done:
    case RunOutcome::discarded:
      return verdict;
    case RunOutcome::released:
      verdict.action = Verdict::Action::release;
      return verdict;
    case RunOutcome::failed:
    case RunOutcome::timed_out:
      verdict = after_failure(job, report, random);
      break;
    case RunOutcome::crashed:
      verdict = after_crash(job, report, random);
      break;
    case RunOutcome::postponed:
      verdict = after_postponement(job, report, random);
      break;
    case RunOutcome::rejected:
      verdict = bury(job.counters, describe(report));
      break;
    case RunOutcome::retried:
      verdict = rewrite(job, report.again, now);
      break;
  }
  verdict.history = add_to_history(job.history, report, job.counters.attempts + 1, now);
  return verdict;
}

Verdict SettlePolicy::after_failure(const Delivery& job, const RunReport& report,
                                    double random) const {
  Counters counters = job.counters;
  ++counters.attempts;
  if (counters.attempts >= config_.max_attempts) {
    return bury(counters,
                fmt::format("failed {} times; last: {}", counters.attempts, describe(report)));
  }
  return retry(counters, backoff_.delay(counters.attempts, random));
}

Verdict SettlePolicy::after_crash(const Delivery& job, const RunReport& report,
                                  double random) const {
  Counters counters = job.counters;
  ++counters.crashes;
  if (over_crash_limit(counters)) {
    return bury(counters,
                fmt::format("crashed {} times; last: {}", counters.crashes, describe(report)));
  }
  // Most often the worker was the victim (out of memory, an operator's kill), so the first retries
  // come soon; a job that kills its workers is stopped by crash_limit.
  return retry(counters, backoff_.delay(counters.crashes, random) / 10);
}

bool SettlePolicy::dead_on_arrival(const Delivery& job, Verdict& verdict) const {
  if (!over_crash_limit(job.counters)) return false;
  verdict = bury(job.counters, fmt::format("crashed {} times", job.counters.crashes));
  verdict.history = job.history;
  return true;
}

Verdict SettlePolicy::after_postponement(const Delivery& job, const RunReport& report,
                                         double random) const {
  Counters counters = job.counters;
  ++counters.postponed;
  if (counters.postponed >= kPostponeLimit) {
    return bury(counters,
                fmt::format("postponed {} times; last: {}", counters.postponed, describe(report)));
  }
  return retry(counters, backoff_.delay(counters.postponed, random));
}

}  // namespace narwhal
