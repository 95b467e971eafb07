// The contract suite on Kafka.
#include "adapters/kafka/kafka_type.h"
#include "broker_contract.h"
#include "tests/support/kafka_proxy.h"
#include "tests/support/kafka_topics.h"

namespace narwhal::test {
namespace {

class KafkaFixture final : public BrokerFixture {
 public:
  [[nodiscard]] const BrokerType& type() const override { return kafka_broker_type(); }
  [[nodiscard]] std::string url() const override { return topics_.url(proxy_.port()); }

  void put_foreign(const std::string& queue, const std::string& payload) override {
    topics_.put_payload(queue, payload);
  }
  // Nothing else is malformed to Kafka than what no worker may be given. What is much larger does
  // not even get into the topic.
  void put_malformed(const std::string& queue) override {
    topics_.put_payload(queue, std::string((std::size_t{16} << 20U) + 100'000, 'x'));
  }

  // The server is shared with other tests, so the way to it goes.
  void take_server_away() override { proxy_.cut(); }
  void bring_server_back() override { proxy_.join(); }

  // The members of a group stay so without a connection, for as long as their session.
  [[nodiscard]] bool reservations_outlive_sessions() const override { return true; }
  // The group knows of a death when the session has run out.
  [[nodiscard]] bool proves_death() const override { return false; }
  // A session that a loaded machine keeps up.
  [[nodiscard]] Duration short_lease() const override { return std::chrono::milliseconds{1500}; }

 private:
  KafkaTopics topics_;
  KafkaProxy proxy_{topics_.server_port()};
};

INSTANTIATE_TEST_SUITE_P(Kafka, BrokerContract,
                         testing::Values([] { return std::make_unique<KafkaFixture>(); }),
                         [](const auto&) { return "kafka"; });

}  // namespace
}  // namespace narwhal::test
