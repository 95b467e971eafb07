// TLS against a real server with certificates of a test authority.
#include "rabbitmq_case.h"
#include "tests/support/authority.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {
namespace {

class RabbitmqTls : public testing::Test, protected Parties {
 protected:
  RabbitmqTls() : Parties(rabbitmq_broker_type()) {
    url = "amqps://localhost:" + std::to_string(port);
    options = {{"ca", authority.file("ca.crt")}};
  }

  Authority authority{"DNS:localhost"};
  int port = unused_port();
  RabbitmqServer server{{"listeners.ssl.1 = 127.0.0.1:" + std::to_string(port),
                         "ssl_options.cacertfile = " + authority.file("ca.crt"),
                         "ssl_options.certfile = " + authority.file("server.crt"),
                         "ssl_options.keyfile = " + authority.file("server.key"),
                         "ssl_options.verify = verify_none"}};
};

TEST_F(RabbitmqTls, JobsFlowOverACheckedConnectionAndOverNoOther) {
  enqueue(std::string(300'000, 'l'));
  enqueue("small");
  {
    auto pump = open();
    EXPECT_EQ(pump->take_one().payload.size(), 300'000U);
    Delivery job = pump->take_one();
    EXPECT_EQ(job.payload, "small");
    pump->settle(job, bury_verdict("seen"));
    EXPECT_EQ(dead_letters()->list("", 10)->size(), 1U);
  }
  // Not its name.
  url = "amqps://127.0.0.1:" + std::to_string(port);
  auto stranger = master();
  ASSERT_TRUE(stranger->until(1, [&] { return !stranger->errors.empty(); }));
  EXPECT_EQ(mentions(stranger->errors, "certificate"), 1U) << stranger->errors.front();
  // Signed by nobody known.
  url = "amqps://localhost:" + std::to_string(port);
  options = {};
  auto refused = rabbitmq_broker_type().open_producer(config());
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().text().find("certificate"), std::string::npos)
      << refused.error().text();
  options = {{"verify", "no"}};
  EXPECT_TRUE(rabbitmq_broker_type().open_producer(config()).ok());
}

}  // namespace
}  // namespace narwhal::test
