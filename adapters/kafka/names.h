// The topics beside a topic of jobs, and which names a topic of jobs may have. Pure.
#pragma once

#include <string>
#include <string_view>

#include "narwhal/clock.h"

namespace narwhal::kafka {

// Kafka allows 249 characters; the topics beside it need room for their suffix.
inline constexpr std::size_t kLongestTopicName = 235;

inline constexpr std::string_view kDeadSuffix = ".dead";
inline constexpr std::string_view kRetrySuffix = ".retry.";

// Dead letters.
inline std::string dead_topic(std::string_view topic) {
  return std::string{topic}.append(kDeadSuffix);
}
// Delayed jobs of `topic` that were due in `span` or later when they came in. With a span of 0:
// jobs that are due, and come before those of the topic itself.
inline std::string retry_topic(std::string_view topic, std::chrono::seconds span) {
  return std::string{topic}.append(kRetrySuffix).append(std::to_string(span.count()));
}

// Why no jobs can be kept in a topic of that name; empty when they can.
inline std::string topic_name_problem(std::string_view name) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  if (name.empty() || name.size() > kLongestTopicName) {
    return "a name has 1 to " + std::to_string(kLongestTopicName) + " characters";
  }
  if (name.find_first_not_of(kAllowed) != std::string_view::npos) {
    return "a topic's name has letters, digits, \".\", \"_\" and \"-\" only";
  }
  if (name == "." || name == "..") return "Kafka has no topic of that name";
  if (name.starts_with("__")) return "names that begin with __ are the server's own";
  if (name.ends_with(kDeadSuffix) || name.find(kRetrySuffix) != std::string_view::npos) {
    return "topics with .dead or .retry. in their names are kept beside those of jobs";
  }
  return {};
}

}  // namespace narwhal::kafka
