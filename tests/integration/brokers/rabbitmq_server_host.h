// RabbitMQ for a test that kills the server itself: one of its own, with queues of one type.
#pragma once

#include "integration/brokers/broker_host.h"
#include "tests/support/rabbitmq_server.h"

namespace narwhal::test {

class RabbitmqServerHost : public BrokerHost {
 public:
  [[nodiscard]] const BrokerType& type() const override;
  [[nodiscard]] std::string url() const override { return url_at(socket()); }
  JobStore& jobs() override { return *jobs_; }
  ServerProcess* server() override { return &server_; }
  [[nodiscard]] std::string socket() const override;
  [[nodiscard]] std::string url_at(const std::string& socket) const override {
    return "amqp://" + socket + "/?queue_type=" + queue_type_;
  }
  void put_foreign(const std::string& queue, const std::string& payload) override;
  [[nodiscard]] bool reservations_outlive_sessions() const override { return false; }
  [[nodiscard]] bool remembers_acks() const override { return queue_type_ == "quorum"; }

 protected:
  explicit RabbitmqServerHost(std::string queue_type);

 private:
  const std::string queue_type_;
  // Quorum queues say how much is in them at each tick.
  RabbitmqServer server_{{}, "[{rabbit, [{quorum_tick_interval, 100}]}]."};
  std::unique_ptr<JobStore> jobs_;
};

class RabbitmqClassicHost final : public RabbitmqServerHost {
 public:
  RabbitmqClassicHost() : RabbitmqServerHost("classic") {}
};

class RabbitmqQuorumHost final : public RabbitmqServerHost {
 public:
  RabbitmqQuorumHost() : RabbitmqServerHost("quorum") {}
};

}  // namespace narwhal::test
