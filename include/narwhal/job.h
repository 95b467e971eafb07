// Job<T>: the base of a job class. A class with a perform() is all that is needed:
//
//   struct Greet : narwhal::Job<Greet> {
//     void perform(std::string name, int times) { log_info("hello " + name); }
//   };
//
//   Greet::perform_later("Ada", 3);
//   Greet::set({.wait = 5min, .queue = "slow"}).perform_later("Ada", 3);
//
// In the payload the class is called by its C++ name (Mailers::Welcome) unless it says
// `static constexpr std::string_view job_class = "…"`. See job_options.h for configure(). A job
// object lives for one run; perform() and the accessors run in a worker, on its one thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "narwhal/enqueue.h"
#include "narwhal/job_class.h"
#include "narwhal/job_options.h"
#include "narwhal/perform.h"
#include "narwhal/run.h"

namespace narwhal {

// What every job can ask and do during its run. Outside a run (a test that calls perform() itself)
// the answers are empty and the log goes to stderr.
class JobBase {
 public:
  [[nodiscard]] std::string_view job_id() const { return run_.job_id; }
  [[nodiscard]] std::string_view queue_name() const { return run_.queue_name; }
  [[nodiscard]] std::int32_t priority() const { return run_.priority; }
  // The number of this run: 1, and one more for each time retry_on ran the job again.
  [[nodiscard]] int executions() const { return run_.executions; }
  // The same by the daemon's count: 1, and one more for each failed run it retried.
  [[nodiscard]] std::uint32_t attempt() const { return run_.attempt; }
  [[nodiscard]] std::uint32_t crashes() const { return run_.crashes; }
  [[nodiscard]] std::optional<WallTime> enqueued_at() const { return run_.enqueued_at; }
  [[nodiscard]] std::optional<WallTime> deadline() const { return run_.deadline; }
  [[nodiscard]] const std::vector<Value>& arguments() const;

  // True once the daemon wants the worker to end or the soft timeout has passed: save what is done
  // and return, or throw Postpone. cancelled() is the soft timeout alone. Both cost next to nothing
  // and may be called from any thread.
  [[nodiscard]] bool stopping() const { return run_.host != nullptr && run_.host->stopping(); }
  [[nodiscard]] bool cancelled() const { return run_.host != nullptr && run_.host->cancelled(); }
  // Moves the deadline to that long from now. False when there is none.
  bool extend_deadline(std::chrono::milliseconds from_now);

  void log_debug(std::string_view text) const { log(LogLevel::debug, text); }
  void log_info(std::string_view text) const { log(LogLevel::info, text); }
  void log_warning(std::string_view text) const { log(LogLevel::warning, text); }
  void log_error(std::string_view text) const { log(LogLevel::error, text); }
  void log(LogLevel level, std::string_view text) const;

  // For the framework.
  void attach(const Run& run) { run_ = run; }

 private:
  Run run_;
};

namespace detail {

template <typename T>
void perform(const JobClass& job_class, const Run& run) {
  auto arguments = decode_arguments<ArgumentsOf<T>>(job_class.name, *run.arguments);
  T job;
  static_cast<JobBase&>(job).attach(run);
  const auto perform = [&] {
    std::apply([&](auto&... argument) { job.perform(std::move(argument)...); }, arguments);
  };
  if (job_class.before_perform.empty() && job_class.around_perform.empty() &&
      job_class.after_perform.empty()) {
    perform();
  } else {
    with_callbacks(job_class, job, perform);
  }
}

template <typename T>
JobClass make_job_class() {
  JobClass made;
  if constexpr (requires { std::string(T::job_class); }) {
    made.name = std::string(T::job_class);
  } else {
    made.name = type_name(typeid(T));
  }
  made.perform = &perform<T>;
  if constexpr (requires(JobOptions<T> & options) { T::configure(options); }) {
    JobOptions<T> options(made);
    T::configure(options);
  }
  return made;
}

// The one description of T in this process: a constant, made when first asked for.
template <typename T>
const JobClass& job_class() {
  static const JobClass description = make_job_class<T>();
  return description;
}

JobRequest make_request(const JobClass& job_class, const EnqueueOptions& options,
                        std::vector<Value> arguments);

}  // namespace detail

// What set() returns.
template <typename T>
class ConfiguredJob {
 public:
  explicit ConfiguredJob(EnqueueOptions options) : options_(std::move(options)) {}

  template <typename... Given>
  std::string perform_later(Given&&... given) const {
    return perform_all_later({job(std::forward<Given>(given)...)}).front();
  }

  template <typename... Given>
  [[nodiscard]] JobRequest job(Given&&... given) const {
    const detail::JobClass& job_class = detail::job_class<T>();
    return detail::make_request(job_class, options_,
                                detail::encode_arguments<detail::ArgumentsOf<T>>(
                                    job_class.name, std::forward<Given>(given)...));
  }

 private:
  EnqueueOptions options_;
};

template <typename T>
class Job : public JobBase {
 public:
  // Stores a job and returns its id once that is confirmed. The arguments are checked against
  // perform() when the code is compiled. Throws EnqueueError, and ArgumentError for a value that
  // JSON or perform()'s type cannot hold.
  template <typename... Given>
  static std::string perform_later(Given&&... given) {
    return set({}).perform_later(std::forward<Given>(given)...);
  }

  [[nodiscard]] static ConfiguredJob<T> set(EnqueueOptions options) {
    return ConfiguredJob<T>(std::move(options));
  }

  // A job not yet stored, for narwhal::perform_all_later().
  template <typename... Given>
  [[nodiscard]] static JobRequest job(Given&&... given) {
    return set({}).job(std::forward<Given>(given)...);
  }
};

}  // namespace narwhal
