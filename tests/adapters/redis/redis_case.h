// RedisCase: the base of the tests of what is special to Redis: a server, and masters on it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "adapters/redis/redis_type.h"
#include "tests/contract/pump.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {

class RedisCase : public testing::Test {
 protected:
  explicit RedisCase(RedisServer::Settings settings = {}) : server(std::move(settings)) {}

  [[nodiscard]] BrokerConfig config() const;
  std::unique_ptr<Broker> open_broker();
  std::unique_ptr<Pump> open();
  std::unique_ptr<DeadLetters> dead_letters();
  std::string enqueue(NewJob job);
  std::string enqueue(const std::string& payload);

  RedisServer server;
  std::string url = server.url();
  std::map<std::string, std::string> options;
  std::vector<QueueConfig> queues = {{"default", 0}};
  Duration lease = std::chrono::seconds{30};
  std::string name = "one";
  SystemClock clock;
};

Verdict retry_verdict(Duration delay = Duration{0}, std::uint32_t attempts = 1);
Verdict bury_verdict(const std::string& reason);
Verdict release_verdict();

// Whether any of the texts has `part` in it.
bool mentions(const std::vector<std::string>& texts, const std::string& part);

}  // namespace narwhal::test
