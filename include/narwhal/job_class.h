// JobClass: what the framework knows of one job class, free of its C++ type. Made once by job.h
// from the class and its configure(); not changed after that.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "narwhal/enqueue.h"
#include "narwhal/retry.h"
#include "narwhal/run.h"

namespace narwhal {

class JobBase;

// What an around_perform callback calls to go on.
using Next = std::function<void()>;

namespace detail {

// One retry_on or discard_on. The last one declared that matches wins, as in ActiveJob.
struct ExceptionRule {
  bool (*matches)(const std::exception_ptr& error) = nullptr;
  std::string key;  // under which the payload counts this rule's runs: "[std::runtime_error]"
  std::optional<RetryRule> retry;  // none: discard
};

struct JobClass {
  std::string name;
  std::string queue = "default";
  std::optional<std::int32_t> priority;
  std::vector<ExceptionRule> rules;
  std::vector<std::function<void(JobBase&)>> before_perform;
  std::vector<std::function<void(JobBase&, const Next&)>> around_perform;
  std::vector<std::function<void(JobBase&)>> after_perform;
  std::vector<std::function<void(JobRequest&)>> before_enqueue;
  std::vector<std::function<void(const JobRequest&)>> after_enqueue;
  std::vector<std::function<void(const std::exception_ptr&)>> after_discard;
  // Decodes the arguments, makes the job object, runs it with its callbacks. Throws what they
  // throw.
  void (*perform)(const JobClass& job_class, const Run& run) = nullptr;
};

// The readable name of a C++ type: "Mailers::Welcome". Anonymous namespaces are left out.
std::string type_name(const std::type_info& type);

template <typename E>
bool matches(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const E&) {
    return true;
  } catch (...) {
    return false;
  }
}

// Runs the callbacks around `perform`.
void with_callbacks(const JobClass& job_class, JobBase& job, const Next& perform);

}  // namespace detail
}  // namespace narwhal
