// RunLedger: the end of every run passes here: decide what becomes of the job, tell its broker,
// write the log line, count.
#pragma once

#include <cstdint>

#include "base/log.h"
#include "base/random.h"
#include "master/brokers.h"
#include "master/settle.h"
#include "master/worker_table.h"

namespace narwhal {

struct RunTotals {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  std::uint64_t retried = 0;
  std::uint64_t discarded = 0;
  std::uint64_t postponed = 0;
  std::uint64_t crashed = 0;
  std::uint64_t released = 0;
  std::uint64_t dead = 0;
  std::uint64_t lost_lease = 0;
};

class RunLedger {
 public:
  RunLedger(const Config& config, Brokers& brokers, Log& log, const Clock& clock, Random& random);

  // A run ended.
  void end(JobInHand job, const RunReport& report);
  // A job that was never begun goes back to its queue, unspent.
  void release(Delivery job, std::size_t broker);
  // True: the job must not run (crashed too often, too large) and was buried.
  bool refuse(Delivery& job, std::size_t broker);
  // A job became a dead letter without a run.
  void set_aside(const BrokerEvents::SetAside& job, std::size_t broker);

  [[nodiscard]] const RunTotals& totals() const { return totals_; }

 private:
  void count(RunOutcome outcome, const Verdict& verdict);
  void log_end(const JobInHand& job, const RunReport& report, const Verdict& verdict);

  SettlePolicy policy_;
  std::size_t max_payload_;
  Brokers& brokers_;
  Log& log_;
  const Clock& clock_;
  Random& random_;
  RunTotals totals_;
};

}  // namespace narwhal
