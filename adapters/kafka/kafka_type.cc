#include "kafka_type.h"

#include <set>

#include "kafka_broker.h"
#include "kafka_dead_letters.h"
#include "kafka_producer.h"
#include "names.h"
#include "topics.h"

namespace narwhal {
namespace {

using Mistakes = std::vector<BrokerMistake>;

void check_queue(const std::string& name, const kafka::Location& location,
                 std::set<std::string>& seen, Mistakes& mistakes) {
  const std::string problem =
      name.empty() ? "a name has 1 to " + std::to_string(kafka::kLongestTopicName) + " characters"
                   : kafka::topic_name_problem(location.topic(name));
  if (!problem.empty()) {
    mistakes.push_back({"queue \"" + name.substr(0, 40) + "\": " + problem, "queues"});
  }
  if (!seen.insert(name).second) {
    mistakes.push_back({"queue \"" + name + "\": named twice", "queues"});
  }
}

Mistakes validate(const BrokerConfig& config) {
  kafka::Location location;
  Mistakes mistakes = kafka::read_location(config, location);
  std::set<std::string> seen;
  for (const auto& queue : config.queues) check_queue(queue.name, location, seen, mistakes);
  if (config.queues.empty()) mistakes.push_back({"no queue is named", "queues"});
  return mistakes;
}

Result<std::unique_ptr<Broker>> open(const BrokerConfig& config, const BrokerContext& context) {
  auto location = kafka::locate(config);
  if (!location.ok()) return location.error();
  return std::unique_ptr<Broker>(
      std::make_unique<kafka::KafkaBroker>(std::move(*location), config, context));
}

BrokerType make_type() {
  BrokerType type;
  type.name = "kafka";
  type.schemes = {"kafka"};
  type.capabilities = {.priority = false, .weights = true, .max_payload = kafka::kLargestPayload};
  type.validate = validate;
  type.open = open;
  type.open_producer = kafka::KafkaProducer::open;
  type.open_dead_letters = kafka::KafkaDeadLetters::open;
  return type;
}

}  // namespace

const BrokerType& kafka_broker_type() {
  static const BrokerType type = make_type();
  return type;
}

}  // namespace narwhal
