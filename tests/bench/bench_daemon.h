// BenchDaemon: a daemon of narwhal_bench under measurement: its configuration in a temporary
// folder, its processes, its counters. Dies with the benchmark.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "counters.h"
#include "subject.h"
#include "tests/support/temp_dir.h"

namespace narwhal::bench {

enum class Job : std::uint8_t {
  abi,  // a runtime of a few lines on the C boundary
  sdk,  // a C++ job class of the framework
};
const char* name_of(Job job);

struct DaemonPlan {
  std::string url;
  int workers = 1;
  Job job = Job::abi;
  Placement placement = Placement::free;
  const char* log_level = "warning";
  std::string more;      // further lines of the configuration: tables after [[broker]]
  std::string log_file;  // where standard error goes; empty: where ours does
};

class BenchDaemon {
 public:
  // Starts it and waits until every worker is ready.
  explicit BenchDaemon(const DaemonPlan& plan);
  BenchDaemon(const BenchDaemon&) = delete;
  BenchDaemon& operator=(const BenchDaemon&) = delete;
  ~BenchDaemon();

  [[nodiscard]] const Subject& subject() const { return subject_; }
  [[nodiscard]] pid_t mold() const { return mold_; }
  [[nodiscard]] const Counters& counters() const { return *counters_; }
  // From its start to the first worker ready, and to all.
  [[nodiscard]] double first_ready_seconds() const;
  [[nodiscard]] double all_ready_seconds() const;

 private:
  void write_config(const DaemonPlan& plan) const;
  void start(const DaemonPlan& plan);
  [[nodiscard]] bool all_ready() const;
  void find_processes();
  [[nodiscard]] double since_start(std::int64_t nanoseconds) const;

  test::TempDir directory_;
  int workers_;
  Counters* counters_;
  std::int64_t started_at_ = 0;
  pid_t mold_ = 0;
  Subject subject_;
};

}  // namespace narwhal::bench
