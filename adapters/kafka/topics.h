// The topics that a queue is made of, as they are created where they are missing. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "handles.h"
#include "location.h"

namespace narwhal::kafka {

// What a message takes besides its payload, at most: headers, history, reason.
inline constexpr std::size_t kEnvelopeRoom = std::size_t{256} * 1024;
// librdkafka takes no larger message.
inline constexpr std::size_t kLargestMessage = 1'000'000'000;
inline constexpr std::size_t kLargestPayload = kLargestMessage - kEnvelopeRoom;

struct TopicSpec {
  std::string name;
  int partitions = -1;   // -1: as the server is set
  int replication = -1;  // the same
  Properties config;
};

// The queue's own topic first, then those of its retries and delays, then that of its dead letters.
std::vector<TopicSpec> topics_of(std::string_view queue, const Location& location,
                                 std::size_t max_payload);

// For the admin API.
Result<NewTopic> new_topic(const TopicSpec& spec);

}  // namespace narwhal::kafka
