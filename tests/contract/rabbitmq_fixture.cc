// The contract suite on RabbitMQ, with classic and with quorum queues.
#include "adapters/rabbitmq/rabbitmq_type.h"
#include "broker_contract.h"
#include "tests/support/rabbitmq_server.h"
#include "tests/support/tcp_proxy.h"

namespace narwhal::test {
namespace {

class RabbitmqFixture : public BrokerFixture {
 public:
  [[nodiscard]] const BrokerType& type() const override { return rabbitmq_broker_type(); }
  [[nodiscard]] std::string url() const override { return vhost_.url(proxy_.port()); }
  [[nodiscard]] std::map<std::string, std::string> options() const override {
    return {{"max_priority", "10"}};
  }

  void put_foreign(const std::string& queue, const std::string& payload) override {
    vhost_.publish(queue, payload);
  }
  // Nothing else is malformed to RabbitMQ than what no worker may be given.
  void put_malformed(const std::string& queue) override {
    vhost_.publish(queue, std::string(std::size_t{17} << 20U, 'x'));
  }

  // The server is shared with other tests, so the way to it goes.
  void take_server_away() override { proxy_.cut(); }
  void bring_server_back() override { proxy_.join(); }

  [[nodiscard]] bool reservations_outlive_sessions() const override { return false; }
  [[nodiscard]] bool proves_death() const override { return true; }

 private:
  RabbitmqVhost vhost_;
  TcpProxy proxy_{vhost_.server_port()};
};

// These have no priorities.
class QuorumFixture final : public RabbitmqFixture {
 public:
  [[nodiscard]] const BrokerType& type() const override { return type_; }
  [[nodiscard]] std::map<std::string, std::string> options() const override {
    return {{"queue_type", "quorum"}};
  }

 private:
  static BrokerType without_priority() {
    BrokerType type = rabbitmq_broker_type();
    type.capabilities.priority = false;
    return type;
  }
  const BrokerType type_ = without_priority();
};

template <typename Fixture>
MakeFixture make() {
  return [] { return std::make_unique<Fixture>(); };
}

INSTANTIATE_TEST_SUITE_P(Rabbitmq, BrokerContract, testing::Values(make<RabbitmqFixture>()),
                         [](const auto&) { return "rabbitmq"; });
INSTANTIATE_TEST_SUITE_P(RabbitmqQuorum, BrokerContract, testing::Values(make<QuorumFixture>()),
                         [](const auto&) { return "quorum"; });

}  // namespace
}  // namespace narwhal::test
