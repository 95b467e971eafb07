#include "master/run_ledger.h"

#include <fmt/format.h>

namespace narwhal {
namespace {

double milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string_view fate(const Verdict& verdict) {
  switch (verdict.action) {
    case Verdict::Action::ack:
      return "acked";
    case Verdict::Action::retry:
      return "retry";
    case Verdict::Action::release:
      return "released";
    case Verdict::Action::bury:
      return "dead";
  }
  return "unknown";
}

// A field without text is left out: what is dead or given up has no next run.
LogField retry_field(const Verdict& verdict) {
  if (verdict.action != Verdict::Action::retry) return {"retry_in_s", ""};
  return {"retry_in_s", milliseconds(verdict.delay) / 1000.0};
}

}  // namespace

RunLedger::RunLedger(const Config& config, Brokers& brokers, Log& log, const Clock& clock,
                     Random& random)
    : policy_(config.retry),
      max_payload_(config.limits.max_payload),
      brokers_(brokers),
      log_(log),
      clock_(clock),
      random_(random) {}

void RunLedger::end(JobInHand job, const RunReport& report) {
  if (job.lost) {
    ++totals_.lost_lease;
    log_.warning("run ended after its lease was lost: the job may run twice",
                 {{"worker", report.worker},
                  {"job", job.delivery.id},
                  {"queue", job.delivery.queue},
                  {"outcome", outcome_name(report.outcome)}});
    return;
  }
  Verdict verdict;  // of a job done: ack
  if (report.outcome != RunOutcome::done) {
    verdict = policy_.after_run(job.delivery, report, clock_.wall_now(), random_.unit());
  }
  count(report.outcome, verdict);
  log_end(job, report, verdict);
  brokers_.at(job.broker).settle(std::move(job.delivery), std::move(verdict));
}

void RunLedger::release(Delivery job, std::size_t broker) {
  log_.debug("job released", {{"job", job.id}, {"queue", job.queue}});
  Verdict verdict;
  verdict.action = Verdict::Action::release;
  brokers_.at(broker).settle(std::move(job), std::move(verdict));
}

bool RunLedger::refuse(Delivery& job, std::size_t broker) {
  Verdict verdict;
  if (job.payload.size() > max_payload_) {
    verdict.action = Verdict::Action::bury;
    verdict.counters = job.counters;
    verdict.history = job.history;
    verdict.reason = fmt::format("payload of {} bytes is over max_payload ({} bytes)",
                                 job.payload.size(), max_payload_);
  } else if (!policy_.dead_on_arrival(job, verdict)) {
    return false;
  }
  set_aside({job.id, job.queue, verdict.reason}, broker);
  brokers_.at(broker).settle(std::move(job), std::move(verdict));
  return true;
}

void RunLedger::set_aside(const BrokerEvents::SetAside& job, std::size_t broker) {
  ++totals_.dead;
  log_.error("job dead", {{"job", job.job},
                          {"queue", job.queue},
                          {"broker", brokers_.at(broker).name()},
                          {"then", "dead"},
                          {"error", job.reason}});
}

void RunLedger::count(RunOutcome outcome, const Verdict& verdict) {
  if (verdict.action == Verdict::Action::bury) ++totals_.dead;
  switch (outcome) {
    case RunOutcome::done:
      ++totals_.done;
      break;
    case RunOutcome::failed:
    case RunOutcome::timed_out:
    case RunOutcome::rejected:
      ++totals_.failed;
      break;
    case RunOutcome::retried:
      ++totals_.retried;
      break;
    case RunOutcome::discarded:
      ++totals_.discarded;
      break;
    case RunOutcome::postponed:
      ++totals_.postponed;
      break;
    case RunOutcome::crashed:
      ++totals_.crashed;
      break;
    case RunOutcome::released:
      ++totals_.released;
      break;
  }
}

void RunLedger::log_end(const JobInHand& job, const RunReport& report, const Verdict& verdict) {
  using Level = LogConfig::Level;
  const Delivery& delivery = job.delivery;
  if (report.outcome == RunOutcome::done || report.outcome == RunOutcome::released) {
    log_.info(report.outcome == RunOutcome::done ? "job done" : "job released",
              {{"worker", report.worker},
               {"pid", report.pid},
               {"job", delivery.id},
               {"class", report.job_class},
               {"queue", delivery.queue},
               {"broker", brokers_.at(job.broker).name()},
               {"attempt", delivery.counters.attempts + 1},
               {"ms", milliseconds(report.took)}});
    return;
  }
  const bool dead = verdict.action == Verdict::Action::bury;
  const std::string text = dead ? "job dead" : fmt::format("job {}", outcome_name(report.outcome));
  const std::string error = dead ? verdict.reason
                            : report.error_class.empty()
                                ? std::string{report.message}
                                : fmt::format("{}: {}", report.error_class, report.message);
  log_.write(dead ? Level::error : Level::warning, text,
             {{"worker", report.worker},
              {"pid", report.pid},
              {"job", delivery.id},
              {"class", report.job_class},
              {"queue", delivery.queue},
              {"broker", brokers_.at(job.broker).name()},
              {"attempt", delivery.counters.attempts + 1},
              {"crashes", verdict.counters.crashes},
              {"ms", milliseconds(report.took)},
              {"then", fate(verdict)},
              retry_field(verdict),
              {"error", error}});
}

}  // namespace narwhal
