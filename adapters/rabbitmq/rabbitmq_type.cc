#include "rabbitmq_type.h"

#include <set>

#include "names.h"
#include "rabbitmq_broker.h"
#include "rabbitmq_dead_letters.h"
#include "rabbitmq_producer.h"

namespace narwhal {
namespace {

using Mistakes = std::vector<BrokerMistake>;

// The server's own default; some are set lower, and say so when a job is enqueued.
constexpr std::size_t kLargestPayload = std::size_t{128} * 1024 * 1024;

void check_queue(const std::string& name, std::set<std::string>& seen, Mistakes& mistakes) {
  if (const std::string problem = rabbitmq::queue_name_problem(name); !problem.empty()) {
    mistakes.push_back({"queue \"" + name.substr(0, 40) + "\": " + problem, "queues"});
  }
  if (!seen.insert(name).second) {
    mistakes.push_back({"queue \"" + name + "\": named twice", "queues"});
  }
}

Mistakes validate(const BrokerConfig& config) {
  rabbitmq::Location location;
  Mistakes mistakes = rabbitmq::read_location(config, location);
  std::set<std::string> seen;
  for (const auto& queue : config.queues) check_queue(queue.name, seen, mistakes);
  if (config.queues.empty()) mistakes.push_back({"no queue is named", "queues"});
  if (config.queues.size() > rabbitmq::kMostQueues) {
    mistakes.push_back({"one broker serves at most " + std::to_string(rabbitmq::kMostQueues) +
                            " queues of rabbitmq",
                        "queues"});
  }
  return mistakes;
}

Result<std::unique_ptr<Broker>> open(const BrokerConfig& config, const BrokerContext& context) {
  auto location = rabbitmq::locate(config);
  if (!location.ok()) return location.error();
  auto tls = net::TlsContext::make(location->tls);
  if (!tls.ok()) return tls.error();
  return std::unique_ptr<Broker>(
      std::make_unique<rabbitmq::RabbitmqBroker>(std::move(*location), *tls, config, context));
}

BrokerType make_type() {
  BrokerType type;
  type.name = "rabbitmq";
  type.schemes = {"amqp", "amqps"};
  type.capabilities = {.priority = true, .weights = true, .max_payload = kLargestPayload};
  type.validate = validate;
  type.open = open;
  type.open_producer = rabbitmq::RabbitmqProducer::open;
  type.open_dead_letters = rabbitmq::RabbitmqDeadLetters::open;
  return type;
}

}  // namespace

const BrokerType& rabbitmq_broker_type() {
  static const BrokerType type = make_type();
  return type;
}

}  // namespace narwhal
