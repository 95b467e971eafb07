#include "integration/brokers/kafka_server_host.h"

#include "adapters/kafka/kafka_type.h"
#include "integration/brokers/kafka_jobs.h"

namespace narwhal::test {

KafkaServerHost::KafkaServerHost() {
  BrokerConfig config;
  config.url = url();
  config.queues = {{"default", 0}};  // whose dead letters are looked at
  jobs_ = std::make_unique<KafkaJobs>(topics_, std::move(config));
}

const BrokerType& KafkaServerHost::type() const { return kafka_broker_type(); }

std::string KafkaServerHost::socket() const {
  return "127.0.0.1:" + std::to_string(server_.port());
}

void KafkaServerHost::put_foreign(const std::string& queue, const std::string& payload) {
  topics_.put_payload(queue, payload);
}

}  // namespace narwhal::test
