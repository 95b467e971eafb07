// RabbitmqCase: the base of the tests of what is special to RabbitMQ: a virtual host on the server
// of the run, a way to it that can be cut, and masters on it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "adapters/rabbitmq/rabbitmq_type.h"
#include "tests/contract/parties.h"
#include "tests/support/rabbitmq_server.h"
#include "tests/support/tcp_proxy.h"

namespace narwhal::test {

class RabbitmqCase : public testing::Test, protected Parties {
 protected:
  RabbitmqCase() : Parties(rabbitmq_broker_type()) { url = vhost.url(proxy.port()); }

  RabbitmqVhost vhost;
  TcpProxy proxy{vhost.server_port()};
};

// A server of its own, for tests that are hard on it.
class RabbitmqServerCase : public testing::Test, protected Parties {
 protected:
  explicit RabbitmqServerCase(const std::string& advanced = "[].")
      : Parties(rabbitmq_broker_type()), server({}, advanced) {
    url = server.url();
  }

  RabbitmqServer server;
};

Verdict retry_verdict(Duration delay = Duration{0}, std::uint32_t attempts = 1);
Verdict bury_verdict(const std::string& reason);

std::vector<std::string> payloads(const std::vector<Delivery>& jobs);

}  // namespace narwhal::test
