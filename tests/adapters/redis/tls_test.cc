// TLS against a real server with certificates of a test authority.
#include <cstdlib>
#include <fstream>

#include "redis_case.h"

namespace narwhal::test {
namespace {

void shell(const std::string& command) {
  if (std::system((command + " 2>/dev/null").c_str()) != 0) throw std::runtime_error(command);
}

// An authority, and certificates it has signed.
class Authority {
 public:
  Authority() {
    shell("openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test-ca -keyout " +
          file("ca.key") + " -out " + file("ca.crt"));
    sign("server", "DNS:localhost,IP:127.0.0.1");
    sign("client", "DNS:client");
  }

  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }

 private:
  void sign(const std::string& name, const std::string& alternatives) {
    std::ofstream(file(name + ".ext")) << "subjectAltName=" << alternatives << '\n';
    shell("openssl req -newkey rsa:2048 -nodes -subj /CN=" + name + " -keyout " +
          file(name + ".key") + " -out " + file(name + ".csr"));
    shell("openssl x509 -req -days 1 -in " + file(name + ".csr") + " -CA " + file("ca.crt") +
          " -CAkey " + file("ca.key") + " -CAcreateserial -extfile " + file(name + ".ext") +
          " -out " + file(name + ".crt"));
  }

  TempDir directory_;
};

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
