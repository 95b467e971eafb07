#include "process/host.h"

#include "base/proc_title.h"
#include "process/worker.h"

namespace narwhal {
namespace {

LogConfig::Level to_level(narwhal_log_level level) {
  switch (level) {
    case NARWHAL_LOG_DEBUG:
      return LogConfig::Level::debug;
    case NARWHAL_LOG_WARNING:
      return LogConfig::Level::warning;
    case NARWHAL_LOG_ERROR:
      return LogConfig::Level::error;
    case NARWHAL_LOG_INFO:
      break;
  }
  return LogConfig::Level::info;
}

}  // namespace

Host::Host(Log& log, std::function<int()> body) : log_(log), body_(std::move(body)) {
  api_.abi = NARWHAL_RUNTIME_ABI;
  api_.size = sizeof api_;
  api_.self = this;
  api_.body = [](void* self) { return of(self).body_(); };
  api_.log = [](void* self, narwhal_log_level level, narwhal_text text) {
    Host& host = of(self);
    if (host.worker_ != nullptr) {
      host.worker_->log(to_level(level), view(text));
    } else {
      host.log_.write(to_level(level), view(text), {});
    }
  };
  api_.set_title = [](void*, narwhal_text title) { proc_title::set(view(title)); };
  api_.state = [](void* self) -> std::uint32_t {
    const Host& host = of(self);
    return host.worker_ == nullptr ? 0 : host.worker_->state();
  };
  api_.extend_deadline = [](void* self, std::uint64_t milliseconds) {
    Host& host = of(self);
    return host.worker_ != nullptr && host.worker_->extend_deadline(milliseconds) ? 1 : 0;
  };
  api_.enqueue = [](void* self, const narwhal_new_job* jobs, std::size_t count,
                    narwhal_text* error) {
    Host& host = of(self);
    host.error_ = host.worker_ == nullptr ? "jobs can only be enqueued from inside a job"
                                          : host.worker_->enqueue({jobs, count});
    if (host.error_.empty()) return 0;
    if (error != nullptr) *error = to_text(host.error_);
    return -1;
  };
  api_.set_process_group = [](void* self, pid_t group) {
    const Host& host = of(self);
    if (host.worker_ != nullptr) host.worker_->set_process_group(group);
  };
  api_.set_job_class = [](void* self, narwhal_text name) {
    const Host& host = of(self);
    if (host.worker_ != nullptr) host.worker_->set_job_class(view(name));
  };
}

}  // namespace narwhal
