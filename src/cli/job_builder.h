// From the arguments of `narwhal enqueue` to jobs: checks them once, then makes one job for each
// payload or array of arguments. Pure but for the clock and the ids it is given.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "cli/command_line.h"
#include "narwhal/clock.h"
#include "narwhal/producer.h"
#include "narwhal/result.h"

namespace narwhal {

class JobBuilder {
 public:
  // The Error is a mistake on the command line.
  static Result<JobBuilder> from(const EnqueueArguments& arguments, const Clock& clock,
                                 std::function<std::string()> new_id);

  // Largest payload a job may have; what build() makes is never larger.
  void set_limit(std::size_t max_payload) { max_payload_ = max_payload; }

  // `content`: the payload, or with --class its arguments as a JSON array.
  [[nodiscard]] Result<NewJob> build(std::string content) const;

 private:
  JobBuilder(const Clock& clock, std::function<std::string()> new_id)
      : clock_(&clock), new_id_(std::move(new_id)) {}

  Result<void> set_time(const EnqueueArguments& arguments);
  [[nodiscard]] Result<std::string> class_payload(const NewJob& job, const std::string& args) const;

  const Clock* clock_;
  std::function<std::string()> new_id_;
  std::size_t max_payload_ = 0;
  std::string queue_;
  std::string id_;  // empty: one is made for each job
  std::optional<std::string> job_class_;
  std::optional<std::int32_t> priority_;
  std::optional<WallTime> run_at_;
};

}  // namespace narwhal
