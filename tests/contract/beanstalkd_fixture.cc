// The contract suite on beanstalkd, and again with every byte arriving in fragments.
#include "adapters/beanstalkd/beanstalkd_type.h"
#include "broker_contract.h"
#include "tests/support/beanstalkd_server.h"
#include "tests/support/trickling_proxy.h"

namespace narwhal::test {
namespace {

class BeanstalkdFixture : public BrokerFixture {
 public:
  [[nodiscard]] const BrokerType& type() const override { return beanstalkd_broker_type(); }
  [[nodiscard]] std::string url() const override { return server_.url(); }
  [[nodiscard]] std::map<std::string, std::string> options() const override {
    return {{"ttr", "3"}};
  }

  void put_foreign(const std::string& queue, const std::string& payload) override {
    server_.put(queue, payload);
  }
  // Begins like an envelope, and goes on as nothing of the sort.
  void put_malformed(const std::string& queue) override {
    server_.put(queue, std::string("\0narwhal1 1 2 3\xff\x00garbage", 23), 0);
  }

  void take_server_away() override { server_.kill(); }
  void bring_server_back() override { server_.start(); }

  [[nodiscard]] bool reservations_outlive_sessions() const override { return false; }
  [[nodiscard]] bool proves_death() const override { return true; }
  // Longer than half the time to run, so that a job without renewal is lost within three of them.
  [[nodiscard]] Duration short_lease() const override { return std::chrono::milliseconds{1600}; }

 protected:
  BeanstalkdServer server_{BeanstalkdServer::Log::kept, {"-z", "20000000"}};
};

class FragmentedFixture final : public BeanstalkdFixture {
 public:
  [[nodiscard]] std::string url() const override { return "beanstalk+unix://" + proxy_.path(); }

 private:
  // Less than a reply with its envelope, and no divisor of anything.
  TricklingProxy proxy_{server_.path(), 97};
};

template <typename Fixture>
MakeFixture make() {
  return [] { return std::make_unique<Fixture>(); };
}

INSTANTIATE_TEST_SUITE_P(Beanstalkd, BrokerContract, testing::Values(make<BeanstalkdFixture>()),
                         [](const auto&) { return "beanstalkd"; });
INSTANTIATE_TEST_SUITE_P(BeanstalkdFragmented, BrokerContract,
                         testing::Values(make<FragmentedFixture>()),
                         [](const auto&) { return "fragmented"; });

}  // namespace
}  // namespace narwhal::test
