// TLS against a real server with certificates of a test authority.
#include "redis_case.h"
#include "tests/support/authority.h"
#include "tests/support/redis_cluster.h"

namespace narwhal::test {
namespace {

class RedisTls : public testing::Test {
 protected:
  static void SetUpTestSuite() { authority = new Authority; }
  static void TearDownTestSuite() { delete authority; }

  BrokerConfig config(const std::string& host) {
    BrokerConfig config;
    config.url = "rediss://" + host + ":" + std::to_string(port);
    config.options = options;
    return config;
  }
  std::unique_ptr<Pump> master(const std::string& host) {
    BrokerContext context;
    context.name = "one";
    context.capacity = 10;
    context.lease = std::chrono::seconds{30};
    context.max_payload = std::size_t{16} << 20U;
    context.clock = &clock;
    auto broker = redis_broker_type().open(config(host), context);
    if (!broker.ok()) throw std::runtime_error(broker.error().text());
    return std::make_unique<Pump>(std::move(*broker));
  }
  std::string refusal(const std::string& host) {
    auto pump = master(host);
    EXPECT_TRUE(pump->until(1, [&] { return !pump->errors.empty(); }));
    return pump->errors.empty() ? "" : pump->errors.front();
  }

  static Authority* authority;
  const int port = unused_port();
  RedisServer server{{"--tls-port", std::to_string(port), "--tls-cert-file",
                      authority->file("server.crt"), "--tls-key-file",
                      authority->file("server.key"), "--tls-ca-cert-file",
                      authority->file("ca.crt"), "--bind", "127.0.0.1"}};
  std::map<std::string, std::string> options = {{"ca", authority->file("ca.crt")},
                                                {"cert", authority->file("client.crt")},
                                                {"key", authority->file("client.key")}};
  SystemClock clock;
};

Authority* RedisTls::authority = nullptr;

TEST_F(RedisTls, JobsOfAnySizeComeThrough) {
  for (const std::string host : {"localhost", "127.0.0.1"}) {
    auto producer = redis_broker_type().open_producer(config(host));
    ASSERT_TRUE(producer.ok()) << producer.error().text();
    auto pump = master(host);
    for (const std::size_t size : {std::size_t{1}, std::size_t{100'000}, std::size_t{10} << 20U}) {
      NewJob job;
      job.payload.assign(size, 't');
      ASSERT_TRUE((*producer)->enqueue(job).ok());
      const Delivery got = pump->take_one();
      EXPECT_TRUE(got.payload == job.payload);
      pump->settle(got, retry_verdict());
      const Delivery again = pump->take_one();
      EXPECT_TRUE(again.payload == job.payload);
      pump->ack(again);
    }
    EXPECT_TRUE(pump->errors.empty());
  }
}

TEST_F(RedisTls, AnIdleMasterIsWoken) {
  auto pump = master("localhost");
  ASSERT_TRUE(pump->serve());
  pump->run_for(1, std::chrono::milliseconds{200});
  server.call({"LPUSH", "queue:default", "wake up"});
  EXPECT_EQ(pump->take_one().payload, "wake up");
}

TEST_F(RedisTls, AStrangersCertificateIsRefused) {
  const Authority stranger;
  options["ca"] = stranger.file("ca.crt");
  EXPECT_NE(refusal("localhost").find("certificate"), std::string::npos);
  options["verify"] = "no";
  EXPECT_TRUE(master("localhost")->serve());
}

TEST_F(RedisTls, ACertificateForAnotherNameIsRefused) {
  // The loopback network has more addresses than the certificate names.
  EXPECT_NE(refusal("localhost.localdomain").find("localhost"), std::string::npos);
}

TEST_F(RedisTls, AServerThatWantsACertificateGetsOneOrRefuses) {
  options.erase("cert");
  options.erase("key");
  EXPECT_FALSE(refusal("localhost").empty());
}

TEST_F(RedisTls, APlainServerIsNoTlsServer) {
  const int plain = unused_port();
  RedisServer other({"--bind", "127.0.0.1"}, plain);
  BrokerConfig wrong = config("localhost");
  wrong.url = "rediss://127.0.0.1:" + std::to_string(plain);
  EXPECT_FALSE(redis_broker_type().open_producer(wrong).ok());
}

TEST_F(RedisTls, TheNodesOfAClusterAreAskedForTheirCertificatesToo) {
  RedisCluster cluster(
      0, 15000,
      {"--tls-cert-file", authority->file("server.crt"), "--tls-key-file",
       authority->file("server.key"), "--tls-ca-cert-file", authority->file("ca.crt")},
      RedisCluster::Way::tls);
  options["prefix"] = "{tls}:";
  const std::size_t other = (cluster.owner("{tls}:") + 1) % RedisCluster::kMasters;
  BrokerConfig table = config("");
  table.url = cluster.url(other);
  auto producer = redis_broker_type().open_producer(table);
  ASSERT_TRUE(producer.ok()) << producer.error().text();
  ASSERT_TRUE((*producer)->enqueue({}).ok());
  EXPECT_EQ(cluster.owner_of("{tls}:").number({"LLEN", "{tls}:queue:default"}), 1);

  const Authority stranger;
  table.options["ca"] = stranger.file("ca.crt");
  EXPECT_FALSE(redis_broker_type().open_producer(table).ok());
}

TEST_F(RedisTls, FilesThatAreNotThereAreNamed) {
  options["ca"] = "/nonexistent/ca.crt";
  BrokerContext context;
  context.clock = &clock;
  auto broker = redis_broker_type().open(config("localhost"), context);
  ASSERT_FALSE(broker.ok());
  EXPECT_NE(broker.error().text().find("/nonexistent/ca.crt"), std::string::npos);
}

}  // namespace
}  // namespace narwhal::test
