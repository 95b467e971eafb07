#include "sdk/host_run.h"

#include <unistd.h>

#include <cstddef>

#include "narwhal/job_class.h"
#include "sdk/envelope.h"
#include "sdk/utf8.h"

namespace narwhal::sdk {
namespace {

narwhal_log_level to_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return NARWHAL_LOG_DEBUG;
    case LogLevel::info:
      return NARWHAL_LOG_INFO;
    case LogLevel::warning:
      return NARWHAL_LOG_WARNING;
    case LogLevel::error:
      break;
  }
  return NARWHAL_LOG_ERROR;
}

narwhal_new_job to_new_job(const JobRequest& request, const std::string& payload) {
  narwhal_new_job job{};
  job.id = to_text(request.id);
  job.queue = to_text(request.queue);
  job.payload = to_text(payload);
  job.run_at = request.run_at ? std::max<std::int64_t>(0, to_unix_micros(*request.run_at)) : -1;
  job.priority = request.priority.value_or(0);
  return job;
}

}  // namespace

void HostRun::log(LogLevel level, std::string_view text) {
  const std::lock_guard lock(mutex_);
  host_.log(host_.self, to_level(level), to_text(text));
}

bool HostRun::stopping() const {
  return (host_.state(host_.self) & (NARWHAL_STATE_STOPPING | NARWHAL_STATE_SOFT_TIMEOUT)) != 0;
}

bool HostRun::cancelled() const {
  return (host_.state(host_.self) & NARWHAL_STATE_SOFT_TIMEOUT) != 0;
}

bool HostRun::extend_deadline(std::chrono::milliseconds from_now) {
  const auto millis = std::max<std::int64_t>(0, from_now.count());
  return host_.extend_deadline(host_.self, static_cast<std::uint64_t>(millis)) != 0;
}

void HostRun::set_job_class(std::string_view name) {
  constexpr std::size_t kNeeded =
      offsetof(narwhal_host, set_job_class) + sizeof(host_.set_job_class);
  const bool known = host_.size >= kNeeded && host_.set_job_class != nullptr;
  if (known) host_.set_job_class(host_.self, to_text(name));
}

void HostSink::store(const std::vector<JobRequest>& requests) {
  const std::string unable = "unable to enqueue: " + requests.front().job_class->name + ": ";
  if (::getpid() != worker_) {
    throw EnqueueError(unable + "this process was forked by a job and has no line to the daemon");
  }
  const auto now = std::chrono::system_clock::now();
  std::vector<std::string> payloads;
  payloads.reserve(requests.size());
  std::vector<narwhal_new_job> jobs;
  jobs.reserve(requests.size());
  for (const JobRequest& request : requests) {
    payloads.push_back(make_payload(request, now));
    jobs.push_back(to_new_job(request, payloads.back()));
  }
  narwhal_text error{};
  if (host_.enqueue(host_.self, jobs.data(), jobs.size(), &error) != 0) {
    throw EnqueueError(unable + escape_invalid_utf8(to_view(error)));
  }
}

}  // namespace narwhal::sdk
