// Subject: processes under measurement, a master and its workers, seen from outside; and what they
// did in a window of time. The same code measures the floor and the daemon.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace narwhal::bench {

// Where the processes may run. On a small machine the scheduler's choice of CPU weighs more than
// the code, so both are measured.
enum class Placement : std::uint8_t {
  pinned,  // all on one CPU: their CPU time per job repeats well
  free,    // wherever the scheduler puts them: what a user sees
};
const char* name_of(Placement placement);
// This process and what it starts from now on.
void place_self(Placement placement);

struct Subject {
  pid_t master = 0;
  std::vector<pid_t> workers;
  std::function<std::uint64_t()> jobs;  // done so far
};

struct Window {
  double seconds = 0;
  double jobs = 0;
  double master_cpu = 0;   // seconds
  double workers_cpu = 0;  // seconds

  [[nodiscard]] double rate() const { return jobs / seconds; }
  [[nodiscard]] double master_us() const { return master_cpu * 1e6 / jobs; }
  [[nodiscard]] double worker_us() const { return workers_cpu * 1e6 / jobs; }
  [[nodiscard]] double total_us() const { return master_us() + worker_us(); }
  [[nodiscard]] double per_cpu_second() const { return 1e6 / total_us(); }
};

// Watches for `seconds`, or until `jobs()` reaches `most_jobs`.
Window watch(const Subject& subject, double seconds, std::uint64_t most_jobs = UINT64_MAX);

// Waits until `done` holds, looking every millisecond. Ends the process after a minute.
void wait_until(const std::function<bool()>& done, const char* what);

}  // namespace narwhal::bench
