// The contract suite on Redis.
#include "adapters/redis/redis_type.h"
#include "broker_contract.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {
namespace {

class RedisFixture final : public BrokerFixture {
 public:
  [[nodiscard]] const BrokerType& type() const override { return redis_broker_type(); }
  [[nodiscard]] std::string url() const override { return server_.url(); }

  void put_foreign(const std::string& queue, const std::string& payload) override {
    server_.call({"LPUSH", "queue:" + queue, payload});
  }
  // Nothing else is malformed to Redis than what no worker may be given.
  void put_malformed(const std::string& queue) override {
    server_.call({"RPUSH", "queue:" + queue, std::string(std::size_t{17} << 20U, 'x')});
  }

  void take_server_away() override { server_.kill(); }
  void bring_server_back() override { server_.start(); }

  [[nodiscard]] bool reservations_outlive_sessions() const override { return true; }
  [[nodiscard]] bool proves_death() const override { return true; }

 private:
  RedisServer server_{{"--appendonly", "yes", "--appendfsync", "no"}};
};

INSTANTIATE_TEST_SUITE_P(Redis, BrokerContract,
                         testing::Values(MakeFixture([]() -> std::unique_ptr<BrokerFixture> {
                           return std::make_unique<RedisFixture>();
                         })),
                         [](const auto&) { return "redis"; });

}  // namespace
}  // namespace narwhal::test
