#include "narwhal/job.h"

#include <cstdio>

#include "sdk/utf8.h"

namespace narwhal {

const std::vector<Value>& JobBase::arguments() const {
  static const std::vector<Value> none;
  return run_.arguments != nullptr ? *run_.arguments : none;
}

bool JobBase::extend_deadline(std::chrono::milliseconds from_now) {
  if (run_.host == nullptr || !run_.host->extend_deadline(from_now)) return false;
  run_.deadline = SystemClock().wall_now() + from_now;
  return true;
}

void JobBase::log(LogLevel level, std::string_view text) const {
  const std::string line = sdk::escape_invalid_utf8(text);
  if (run_.host != nullptr) {
    run_.host->log(level, line);
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

namespace detail {
namespace {

// Calls the around callbacks from `index` on, each with the rest as its `next`.
void around(const JobClass& job_class, JobBase& job, const Next& perform, std::size_t index) {
  if (index == job_class.around_perform.size()) return perform();
  job_class.around_perform[index](job, [&, index] { around(job_class, job, perform, index + 1); });
}

}  // namespace

void with_callbacks(const JobClass& job_class, JobBase& job, const Next& perform) {
  for (const auto& callback : job_class.before_perform) callback(job);
  around(job_class, job, perform, 0);
  for (const auto& callback : job_class.after_perform) callback(job);
}

void check_argument_count(std::string_view job_class, std::size_t given, std::size_t required,
                          std::size_t most) {
  if (given >= required && given <= most) return;
  const std::string range = required == most
                                ? std::to_string(most)
                                : std::to_string(required) + " to " + std::to_string(most);
  throw ArgumentError(std::string(job_class) + "#perform takes " + range +
                      (most == 1 ? " argument" : " arguments") + ", got " + std::to_string(given));
}

}  // namespace detail
}  // namespace narwhal
