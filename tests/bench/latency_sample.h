// What the latency benchmarks share: jobs that carry the time at which they are enqueued, paced so
// that whoever runs them is at rest again, processes to run them bare, and the table.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "counters.h"
#include "tests/support/temp_dir.h"

namespace narwhal::bench {

// Steady clock, nanoseconds.
std::int64_t steady_now();

// Microseconds of each job.
struct LatencySample {
  std::vector<double> enqueue;  // the producer's call
  std::vector<double> start;    // from before that call to the job's start

  void add(const LatencySample& more);
};

// Enqueues `jobs` payloads, each the time of its enqueueing, 10 ms apart. Returns what each took.
std::vector<double> enqueue_paced(std::size_t jobs,
                                  const std::function<void(const std::string&)>& enqueue);
// How long they waited, once all have started.
std::vector<double> waits(const Counters& counters, std::size_t jobs);

// Counters without a daemon.
class OwnCounters {
 public:
  OwnCounters();
  OwnCounters(const OwnCounters&) = delete;
  OwnCounters& operator=(const OwnCounters&) = delete;
  ~OwnCounters();
  Counters* operator->() const { return counters_; }
  Counters& operator*() const { return *counters_; }

 private:
  test::TempDir directory_;
  Counters* counters_;
};

// A process that runs `body`; killed with its owner.
class BareProcess {
 public:
  explicit BareProcess(const std::function<void()>& body);
  BareProcess(const BareProcess&) = delete;
  BareProcess& operator=(const BareProcess&) = delete;
  ~BareProcess();

 private:
  pid_t pid_;
};

// The quantiles of each, and the daemon's by the bare ones.
void print(const std::string& where, const LatencySample& bare, const LatencySample& daemon);

}  // namespace narwhal::bench
