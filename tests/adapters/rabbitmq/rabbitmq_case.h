// RabbitmqCase: the base of the tests of what is special to RabbitMQ: a virtual host on the server
// of the run, a way to it that can be cut, and masters on it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "adapters/rabbitmq/rabbitmq_type.h"
#include "tests/contract/pump.h"
#include "tests/support/rabbitmq_server.h"
#include "tests/support/tcp_proxy.h"

namespace narwhal::test {

// Masters, producers and dead letters of one URL.
class RabbitmqParties {
 public:
  std::string url;
  std::map<std::string, std::string> options;
  std::vector<QueueConfig> queues = {{"default", 0}};
  Duration lease = std::chrono::seconds{30};
  SystemClock clock;

  [[nodiscard]] BrokerConfig config() const;
  std::unique_ptr<Broker> open_broker();
  // Not connected yet.
  std::unique_ptr<Pump> master();
  std::unique_ptr<Pump> open();
  std::unique_ptr<DeadLetters> dead_letters();
  std::string enqueue(NewJob job);
  std::string enqueue(const std::string& payload, const std::string& queue = "default");
};

class RabbitmqCase : public testing::Test, protected RabbitmqParties {
 protected:
  RabbitmqCase() { url = vhost.url(proxy.port()); }

  RabbitmqVhost vhost;
  TcpProxy proxy{vhost.server_port()};
};

// A server of its own, for tests that are hard on it.
class RabbitmqServerCase : public testing::Test, protected RabbitmqParties {
 protected:
  explicit RabbitmqServerCase(const std::string& advanced = "[].") : server({}, advanced) {
    url = server.url();
  }

  RabbitmqServer server;
};

Verdict retry_verdict(Duration delay = Duration{0}, std::uint32_t attempts = 1);
Verdict bury_verdict(const std::string& reason);
Verdict release_verdict();

std::vector<std::string> payloads(const std::vector<Delivery>& jobs);
// How many of the texts have `part` in them.
std::size_t mentions(const std::vector<std::string>& texts, const std::string& part);

}  // namespace narwhal::test
