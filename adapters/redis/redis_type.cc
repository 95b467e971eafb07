#include "redis_type.h"

#include <set>

#include "dead_store.h"
#include "format.h"
#include "queue_order.h"
#include "redis_broker.h"
#include "redis_producer.h"

namespace narwhal {
namespace {

using Mistakes = std::vector<BrokerMistake>;

void check_queue(const std::string& name, std::set<std::string>& seen, Mistakes& mistakes) {
  if (name.empty() || name.size() > redis::kLongestQueueName) {
    mistakes.push_back({"queue \"" + name.substr(0, 40) + "\": a name has 1 to " +
                            std::to_string(redis::kLongestQueueName) + " bytes",
                        "queues"});
  }
  if (name.find('*') != std::string::npos) {
    mistakes.push_back(
        {"queue \"" + name + "\": redis has no wildcards; name each queue", "queues"});
  }
  if (!seen.insert(name).second) {
    mistakes.push_back({"queue \"" + name + "\": named twice", "queues"});
  }
}

Mistakes validate(const BrokerConfig& config) {
  redis::Location location;
  Mistakes mistakes = redis::read_location(config, location);
  std::set<std::string> seen;
  for (const auto& queue : config.queues) check_queue(queue.name, seen, mistakes);
  if (config.queues.empty()) mistakes.push_back({"no queue is named", "queues"});
  if (config.queues.size() > redis::kMostQueues) {
    mistakes.push_back({"more than " + std::to_string(redis::kMostQueues) + " queues", "queues"});
  }
  return mistakes;
}

Result<std::unique_ptr<Broker>> open(const BrokerConfig& config, const BrokerContext& context) {
  auto location = redis::locate(config);
  if (!location.ok()) return location.error();
  auto tls = net::TlsContext::make(location->tls);
  if (!tls.ok()) return tls.error();
  return std::unique_ptr<Broker>(
      std::make_unique<redis::RedisBroker>(std::move(*location), std::move(*tls), config, context));
}

BrokerType make_type() {
  BrokerType type;
  type.name = "redis";
  type.schemes = {"redis",           "rediss",        "redis+unix",    "redis+sentinel",
                  "rediss+sentinel", "redis+cluster", "rediss+cluster"};
  type.capabilities = {.priority = false, .weights = true, .max_payload = redis::kLargestPayload};
  type.validate = validate;
  type.open = open;
  type.open_producer = redis::RedisProducer::open;
  type.open_dead_letters = redis::RedisDeadLetters::open;
  return type;
}

}  // namespace

const BrokerType& redis_broker_type() {
  static const BrokerType type = make_type();
  return type;
}

}  // namespace narwhal
