// The worker around a run, reached through the host's C functions: log, deadline, stop flags,
// enqueue.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <string>
#include <string_view>

#include "narwhal/enqueue.h"
#include "narwhal/run.h"
#include "narwhal/runtime.h"

namespace narwhal::sdk {

inline narwhal_text to_text(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view to_view(narwhal_text text) {
  return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}
inline std::string to_string(narwhal_text text) { return std::string(to_view(text)); }

class HostRun final : public RunHost {
 public:
  explicit HostRun(const narwhal_host& host) : host_(host) {}

  // From any thread of the job: the lock keeps lines apart.
  void log(LogLevel level, std::string_view text) override;
  [[nodiscard]] bool stopping() const override;
  [[nodiscard]] bool cancelled() const override;
  bool extend_deadline(std::chrono::milliseconds from_now) override;
  void set_job_class(std::string_view name) override;

 private:
  const narwhal_host& host_;
  std::mutex mutex_;
};

// Stores jobs through the master. `worker` is this process, unless a job forked.
class HostSink final : public JobSink {
 public:
  HostSink(const narwhal_host& host, pid_t worker) : host_(host), worker_(worker) {}

  void store(const std::vector<JobRequest>& requests) override;

 private:
  const narwhal_host& host_;
  pid_t worker_;
};

}  // namespace narwhal::sdk
