#include "integration/brokers/rabbitmq_host.h"

#include "adapters/rabbitmq/rabbitmq_type.h"
#include "integration/brokers/rabbitmq_jobs.h"

namespace narwhal::test {

const BrokerType& RabbitmqHost::type() const { return rabbitmq_broker_type(); }

std::string RabbitmqHost::socket() const { return "127.0.0.1:" + std::to_string(proxy_.port()); }

void RabbitmqHost::put_foreign(const std::string& queue, const std::string& payload) {
  vhost_.declare(queue, R"({"durable":true,"arguments":{"x-max-priority":10}})");
  vhost_.publish(queue, payload);
}

std::unique_ptr<JobStore> RabbitmqHost::make_jobs() {
  BrokerConfig config;
  config.url = url_at("127.0.0.1:" + std::to_string(vhost_.server_port()));
  config.queues = {{"default", 0}, {"urgent", 0}};  // whose dead letters are looked at
  return std::make_unique<RabbitmqJobs>(vhost_.http_port(), vhost_.name(), std::move(config));
}

}  // namespace narwhal::test
