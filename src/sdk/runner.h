// Runner: takes one job from its payload to its outcome. Used by the worker (runtime.cc) and by the
// test modes; no exception leaves it.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "narwhal/app.h"
#include "narwhal/run.h"
#include "narwhal/runtime.h"
#include "sdk/envelope.h"

namespace narwhal::sdk {

// A job as it was delivered.
struct RunInput {
  std::string_view payload;
  std::string_view id;
  std::string_view queue;
  std::int32_t priority = 0;
  std::uint32_t attempt = 1;
  std::uint32_t crashes = 0;
  std::optional<WallTime> enqueued_at;
  std::optional<WallTime> deadline;
};

// For narwhal_outcome::NARWHAL_RETRIED: the job to store in place of the one that ran.
struct RunAgain {
  std::string payload;
  std::string queue;
  std::int32_t priority = 0;
  WallTime run_at{};
};

struct RunOutcome {
  narwhal_outcome kind = NARWHAL_DONE;
  std::string error_class;
  std::string message;
  std::string backtrace;
  RunAgain again;
  std::exception_ptr error;  // what perform() threw
};

class Runner {
 public:
  explicit Runner(const App& app) : app_(app) {}

  // The outcome is valid until the next run.
  const RunOutcome& run(const RunInput& input, RunHost& host);

  // The class of the job last run, bounded; empty when its payload could not be read.
  [[nodiscard]] std::string_view job_class() const { return envelope_.job_class; }

 private:
  void read_and_perform(const RunInput& input, RunHost& host);
  void reject(const std::string& problem);
  void postpone_unknown_class();
  void perform(const detail::JobClass& job_class, const RunInput& input, RunHost& host);
  void settle(const detail::JobClass& job_class, const RunInput& input);
  void apply_rules(const detail::JobClass& job_class, const RunInput& input);
  void retry(const detail::ExceptionRule& rule, const RunInput& input);
  void describe(narwhal_outcome kind);
  void out_of_memory();

  const App& app_;
  Envelope envelope_;
  RunOutcome outcome_;
};

}  // namespace narwhal::sdk
