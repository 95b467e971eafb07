// Run: one run of one job, as the job object sees it. Made by the framework for the length of the
// run; users reach it through the accessors of Job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "narwhal/clock.h"
#include "narwhal/value.h"

namespace narwhal {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

// What a run needs of the process around it: the daemon's worker, or a test.
class RunHost {
 public:
  RunHost() = default;
  RunHost(const RunHost&) = delete;
  RunHost& operator=(const RunHost&) = delete;
  virtual ~RunHost() = default;

  virtual void log(LogLevel level, std::string_view text) = 0;
  [[nodiscard]] virtual bool stopping() const = 0;
  [[nodiscard]] virtual bool cancelled() const = 0;
  // False when there is no deadline to move.
  virtual bool extend_deadline(std::chrono::milliseconds from_now) = 0;
  // The class of the job that is about to run, for the daemon's lines about it.
  virtual void set_job_class(std::string_view name) = 0;
};

struct Run {
  RunHost* host = nullptr;
  std::string_view job_id;
  std::string_view queue_name;
  std::int32_t priority = 0;
  int executions = 1;  // runs of this job by the framework's count, this one included
  std::uint32_t attempt = 1;
  std::uint32_t crashes = 0;
  std::optional<WallTime> enqueued_at;
  std::optional<WallTime> deadline;
  const std::vector<Value>* arguments = nullptr;
};

}  // namespace narwhal
