// JobOptions: what a job class says of itself, in
//
//   static void configure(narwhal::JobOptions<Greet>& options) {
//     options.queue_as("mail").retry_on<SmtpError>({.attempts = 10, .wait =
//     narwhal::polynomially_longer});
//   }
//
// Called once, before the class is first used.
#pragma once

#include <concepts>
#include <functional>
#include <string>
#include <utility>

#include "narwhal/job_class.h"

namespace narwhal {

template <typename T>
class JobOptions {
 public:
  explicit JobOptions(detail::JobClass& job_class) : class_(job_class) {}

  JobOptions& queue_as(std::string queue) {
    class_.queue = std::move(queue);
    return *this;
  }

  // A lower number is more urgent.
  JobOptions& priority(std::int32_t priority) {
    class_.priority = priority;
    return *this;
  }

  // Runs the job again when it throws one of these exceptions (or one derived from them).
  template <typename... E>
  requires(sizeof...(E) > 0) JobOptions& retry_on(RetryRule rule = {}) {
    return add_rule<E...>(std::move(rule));
  }

  // Gives the job up, without a dead letter, when it throws one of these.
  template <typename... E>
  requires(sizeof...(E) > 0) JobOptions& discard_on() { return add_rule<E...>(std::nullopt); }

  // Member functions of the job, or anything callable with it. A callback that throws ends the run
  // as if perform() had thrown. after_perform runs only when perform() returned.
  template <std::invocable<T&> Callback>
  JobOptions& before_perform(Callback callback) {
    class_.before_perform.push_back(on_job(std::move(callback)));
    return *this;
  }
  template <std::invocable<T&> Callback>
  JobOptions& after_perform(Callback callback) {
    class_.after_perform.push_back(on_job(std::move(callback)));
    return *this;
  }
  // Called with the job and the rest of the run: a callback that does not call it skips the run.
  template <std::invocable<T&, const Next&> Callback>
  JobOptions& around_perform(Callback callback) {
    class_.around_perform.push_back(
        [callback = std::move(callback)](JobBase& job, const Next& next) {
          std::invoke(callback, static_cast<T&>(job), next);
        });
    return *this;
  }

  // Run where the job is enqueued. Throwing in before_enqueue keeps the job from being stored.
  JobOptions& before_enqueue(std::function<void(JobRequest&)> callback) {
    class_.before_enqueue.push_back(std::move(callback));
    return *this;
  }
  JobOptions& after_enqueue(std::function<void(const JobRequest&)> callback) {
    class_.after_enqueue.push_back(std::move(callback));
    return *this;
  }

  // Called with the exception when discard_on gives a job up.
  JobOptions& after_discard(std::function<void(const std::exception_ptr&)> callback) {
    class_.after_discard.push_back(std::move(callback));
    return *this;
  }

 private:
  template <typename Callback>
  static std::function<void(JobBase&)> on_job(Callback callback) {
    return [callback = std::move(callback)](JobBase& job) {
      std::invoke(callback, static_cast<T&>(job));
    };
  }

  template <typename... E>
  JobOptions& add_rule(std::optional<RetryRule> rule) {
    std::string names;
    ((names += (names.empty() ? "" : ", ") + detail::type_name(typeid(E))), ...);
    class_.rules.push_back({&matches_any<E...>, "[" + names + "]", std::move(rule)});
    return *this;
  }

  template <typename... E>
  static bool matches_any(const std::exception_ptr& error) {
    return (detail::matches<E>(error) || ...);
  }

  detail::JobClass& class_;
};

}  // namespace narwhal
