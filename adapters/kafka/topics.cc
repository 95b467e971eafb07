#include "topics.h"

#include <algorithm>
#include <array>

#include "delay_levels.h"
#include "names.h"

namespace narwhal::kafka {
namespace {

// Kafka's own default. It limits what is stored at once, which may be many small messages.
constexpr std::size_t kBatch = 1'048'588;

}  // namespace

std::vector<TopicSpec> topics_of(std::string_view queue, const Location& location,
                                 std::size_t max_payload) {
  const std::size_t largest = std::min(max_payload, kLargestPayload) + kEnvelopeRoom;
  const Properties config = {{"max.message.bytes", std::to_string(std::max(largest, kBatch))}};
  std::vector<TopicSpec> topics;
  const auto add = [&](std::string name, int partitions) {
    topics.push_back({std::move(name), partitions, location.replication, config});
  };
  const std::string jobs = location.topic(queue);
  add(jobs, location.partitions);
  for (const std::chrono::seconds span : kDelayLevels) {
    // Those that are due are run by all masters, as those of the queue itself; the others only
    // wait, and one master moves them on.
    add(retry_topic(jobs, span), span.count() == 0 ? location.partitions : 1);
  }
  add(dead_topic(jobs), 1);
  // A dead letter stays until it is retried or removed, which is an empty message of its key.
  topics.back().config["cleanup.policy"] = "compact";
  return topics;
}

Result<NewTopic> new_topic(const TopicSpec& spec) {
  std::array<char, 512> problem{};
  NewTopic topic(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions, spec.replication,
                                       problem.data(), problem.size()));
  if (!topic) {
    return Error{ErrorKind::invalid, "unable to create topic: " + spec.name, problem.data()};
  }
  for (const auto& [name, value] : spec.config) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  return topic;
}

}  // namespace narwhal::kafka
