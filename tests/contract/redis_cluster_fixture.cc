// The contract suite on a Redis Cluster: one for all tests, each with a hash tag of its own.
#include "adapters/redis/redis_type.h"
#include "broker_contract.h"
#include "tests/support/redis_cluster.h"

namespace narwhal::test {
namespace {

class RedisClusterFixture final : public BrokerFixture {
 public:
  explicit RedisClusterFixture(RedisCluster& cluster, int number)
      : cluster_(cluster), prefix_("{test" + std::to_string(number) + "}:") {}
  ~RedisClusterFixture() override { bring_server_back(); }

  [[nodiscard]] const BrokerType& type() const override { return redis_broker_type(); }
  [[nodiscard]] std::string url() const override { return cluster_.url(); }
  [[nodiscard]] std::map<std::string, std::string> options() const override {
    return {{"prefix", prefix_}};
  }

  void put_foreign(const std::string& queue, const std::string& payload) override {
    cluster_.node(owner_).call({"LPUSH", prefix_ + "queue:" + queue, payload});
  }
  void put_malformed(const std::string& queue) override {
    cluster_.node(owner_).call(
        {"RPUSH", prefix_ + "queue:" + queue, std::string(std::size_t{17} << 20U, 'x')});
  }

  // The others go on and send everybody to the one that is gone.
  void take_server_away() override { cluster_.node(owner_).kill(); }
  void bring_server_back() override {
    if (cluster_.node(owner_).pid() > 0) return;
    cluster_.node(owner_).start();
    cluster_.await_ok();
  }

  [[nodiscard]] bool reservations_outlive_sessions() const override { return true; }
  [[nodiscard]] bool proves_death() const override { return true; }

 private:
  RedisCluster& cluster_;
  const std::string prefix_;
  const std::size_t owner_ = cluster_.owner(prefix_);
};

std::unique_ptr<BrokerFixture> make_fixture() {
  static RedisCluster cluster;
  static int number = 0;
  return std::make_unique<RedisClusterFixture>(cluster, ++number);
}

INSTANTIATE_TEST_SUITE_P(RedisCluster, BrokerContract, testing::Values(MakeFixture(make_fixture)),
                         [](const auto&) { return "redis_cluster"; });

}  // namespace
}  // namespace narwhal::test
