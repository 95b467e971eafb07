#include "integration/brokers/kafka_host.h"

#include "adapters/kafka/kafka_type.h"
#include "integration/brokers/kafka_jobs.h"

namespace narwhal::test {

const BrokerType& KafkaHost::type() const { return kafka_broker_type(); }

std::string KafkaHost::socket() const { return "127.0.0.1:" + std::to_string(proxy_.port()); }

std::string KafkaHost::url_at(const std::string& socket) const {
  const int port = std::stoi(socket.substr(socket.find(':') + 1));
  proxy_.advertise(port);
  return topics_.url(port);
}

void KafkaHost::put_foreign(const std::string& queue, const std::string& payload) {
  topics_.put_payload(queue, payload);
}

std::unique_ptr<JobStore> KafkaHost::make_jobs() {
  BrokerConfig config;
  config.url = topics_.url();
  config.queues = {{"default", 0}, {"urgent", 0}};  // whose dead letters are looked at
  return std::make_unique<KafkaJobs>(topics_, std::move(config));
}

}  // namespace narwhal::test
