// Kafka for a test that kills the server itself: one of its own.
#pragma once

#include "integration/brokers/broker_host.h"
#include "tests/support/kafka_topics.h"

namespace narwhal::test {

class KafkaServerHost final : public BrokerHost {
 public:
  KafkaServerHost();

  [[nodiscard]] const BrokerType& type() const override;
  [[nodiscard]] std::string url() const override { return topics_.url(); }
  JobStore& jobs() override { return *jobs_; }
  ServerProcess* server() override { return &server_; }
  [[nodiscard]] std::string socket() const override;
  [[nodiscard]] std::string url_at(const std::string&) const override { return url(); }
  void put_foreign(const std::string& queue, const std::string& payload) override;
  [[nodiscard]] bool reservations_outlive_sessions() const override { return false; }

 private:
  KafkaServer server_;
  KafkaTopics topics_{server_.port()};
  std::unique_ptr<JobStore> jobs_;
};

}  // namespace narwhal::test
