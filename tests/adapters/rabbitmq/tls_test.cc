// TLS against a real server with certificates of a test authority.
#include <cstdlib>
#include <fstream>

#include "rabbitmq_case.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {
namespace {

void shell(const std::string& command) {
  if (std::system((command + " 2>/dev/null").c_str()) != 0) throw std::runtime_error(command);
}

// An authority, and a server's certificate that it has signed.
class Authority {
 public:
  Authority() {
    shell("openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test-ca -keyout " +
          file("ca.key") + " -out " + file("ca.crt"));
    std::ofstream(file("server.ext")) << "subjectAltName=DNS:localhost\n";
    shell("openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout " + file("server.key") +
          " -out " + file("server.csr"));
    shell("openssl x509 -req -days 1 -in " + file("server.csr") + " -CA " + file("ca.crt") +
          " -CAkey " + file("ca.key") + " -CAcreateserial -extfile " + file("server.ext") +
          " -out " + file("server.crt"));
  }
  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }

 private:
  TempDir directory_;
};

class RabbitmqTls : public testing::Test, protected RabbitmqParties {
 protected:
  RabbitmqTls() {
    url = "amqps://localhost:" + std::to_string(port);
    options = {{"ca", authority.file("ca.crt")}};
  }

  Authority authority;
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
