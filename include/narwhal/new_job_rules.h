// What holds for a new job on every broker, whoever enqueues it: its queue can be named in a
// configuration, its id printed, its time waited for. An adapter may ask for more.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "narwhal/producer.h"
#include "narwhal/utf8.h"

namespace narwhal {

inline constexpr std::size_t kLongestQueueName = 255;  // bytes
inline constexpr std::size_t kLongestJobId = 255;      // bytes
// A job further ahead than this is a mistake: a unit mixed up, or a clock that is off.
inline constexpr std::chrono::hours kLongestDelay{std::int64_t{10} * 366 * 24};

namespace new_job_detail {

inline std::string text_problem(std::string_view text, std::size_t longest) {
  if (text.size() > longest) {
    return "has " + std::to_string(text.size()) + " bytes; at most " + std::to_string(longest) +
           " are allowed";
  }
  if (!is_utf8(text)) return "is not valid UTF-8";
  if (has_control_character(text)) return "has a control character";
  return {};
}

}  // namespace new_job_detail

// ErrorKind::invalid: what is wrong with it.
inline Result<void> check_rules(const NewJob& job, WallTime now) {
  const auto refused = [](std::string reason) {
    return Error{ErrorKind::invalid, "unable to enqueue job", std::move(reason)};
  };
  if (job.queue.empty()) return refused("the queue's name is empty");
  if (job.queue.find('*') != std::string::npos) return refused("the queue's name has a wildcard");
  std::string problem = new_job_detail::text_problem(job.queue, kLongestQueueName);
  if (!problem.empty()) return refused("the queue's name " + problem);
  problem = new_job_detail::text_problem(job.id, kLongestJobId);
  if (!problem.empty()) return refused("its id " + problem);
  if (job.run_at && *job.run_at > now + kLongestDelay) {
    return refused("its time is more than ten years from now");
  }
  return {};
}

}  // namespace narwhal
