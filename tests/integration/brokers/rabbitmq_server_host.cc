#include "integration/brokers/rabbitmq_server_host.h"

#include "adapters/rabbitmq/rabbitmq_type.h"
#include "integration/brokers/rabbitmq_jobs.h"

namespace narwhal::test {
namespace {

// Several of the ticks that are asked for: the server may have been started a moment ago.
constexpr Duration kTick = std::chrono::seconds{2};

}  // namespace

RabbitmqServerHost::RabbitmqServerHost(std::string queue_type)
    : queue_type_(std::move(queue_type)) {
  BrokerConfig config;
  config.url = url();
  config.queues = {{"default", 0}};  // whose dead letters are looked at
  jobs_ = std::make_unique<RabbitmqJobs>(server_.http_port(), "%2F", std::move(config), kTick);
}

const BrokerType& RabbitmqServerHost::type() const { return rabbitmq_broker_type(); }

std::string RabbitmqServerHost::socket() const {
  return "127.0.0.1:" + std::to_string(server_.port());
}

void RabbitmqServerHost::put_foreign(const std::string& queue, const std::string& payload) {
  server_.http("POST", "/api/exchanges/%2F/amq.default/publish",
               R"({"properties":{},"payload_encoding":"string","routing_key":")" + queue +
                   R"(","payload":")" + payload + "\"}");
}

}  // namespace narwhal::test
