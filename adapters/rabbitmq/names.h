// The queues beside a queue of jobs, and which names a queue of jobs may have. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "narwhal/clock.h"

namespace narwhal::rabbitmq {

// The protocol allows 255 bytes; the queues beside it need room for their suffix.
inline constexpr std::size_t kLongestQueueName = 220;

inline constexpr std::string_view kDeadSuffix = ".narwhal-dead";
inline constexpr std::string_view kDelaySuffix = ".narwhal-delay.";
inline constexpr std::string_view kFrontSuffix = ".narwhal-front";
inline constexpr std::string_view kLastSuffix = ".narwhal-last";

// Dead letters.
inline std::string dead_queue(std::string_view queue) {
  return std::string{queue}.append(kDeadSuffix);
}
// Delayed jobs of `queue` that are due in `span` or later.
inline std::string delay_queue(std::string_view queue, std::chrono::seconds span) {
  return std::string{queue}.append(kDelaySuffix).append(std::to_string(span.count()));
}
// Jobs that come before all others of `queue`: given back, or cut off by the death of their master.
inline std::string front_queue(std::string_view queue) {
  return std::string{queue}.append(kFrontSuffix);
}

// Declared after the others, and never used.
inline std::string last_queue(std::string_view queue) {
  return std::string{queue}.append(kLastSuffix);
}

// Why no jobs can be kept in a queue of that name; empty when they can.
inline std::string queue_name_problem(std::string_view name) {
  if (name.empty() || name.size() > kLongestQueueName) {
    return "a name has 1 to " + std::to_string(kLongestQueueName) + " bytes";
  }
  if (name.starts_with("amq.")) return "names that begin with amq. are the server's own";
  if (name.find(".narwhal-") != std::string_view::npos) {
    return "queues with .narwhal- in their names are kept beside those of jobs";
  }
  return {};
}

}  // namespace narwhal::rabbitmq
