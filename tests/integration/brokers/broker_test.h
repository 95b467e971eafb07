// BrokerTest: the fixture of tests with the real daemon and a real broker that may be killed,
// stopped or slowed down under it. Every test runs on every broker, in a binary for each.
#pragma once

#include "integration/brokers/broker_host.h"
#include "support/daemon/daemon_fixture.h"

namespace narwhal::test {

class BrokerTest : public DaemonFixture, public ::testing::WithParamInterface<HostKind> {
 protected:
  BrokerTest() { config.text("broker.url", host->url()); }

  JobStore& store() override { return queue; }
  ServerProcess& server() { return *host->server(); }

  // `narwhal enqueue` with these arguments; the job's id.
  std::string enqueue(std::vector<std::string> arguments, const std::string& input = "");
  // The same for a marker job.
  std::string enqueue_marker(const std::string& arguments, std::vector<std::string> more = {});
  // For commands before a daemon is started.
  void write_config() { write_file(file("narwhal.toml"), config.to_toml()); }

  std::unique_ptr<BrokerHost> host = GetParam().make();
  JobStore& queue = host->jobs();
};

}  // namespace narwhal::test
