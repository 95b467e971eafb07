// RedisCase: the base of the tests of what is special to Redis: a server, and masters on it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "adapters/redis/redis_type.h"
#include "tests/contract/parties.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {

class RedisCase : public testing::Test, protected Parties {
 protected:
  explicit RedisCase(RedisServer::Settings settings = {})
      : Parties(redis_broker_type()), server(std::move(settings)) {
    url = server.url();
    capacity = 100;
  }

  RedisServer server;
};

Verdict retry_verdict(Duration delay = Duration{0}, std::uint32_t attempts = 1);
Verdict bury_verdict(const std::string& reason);

}  // namespace narwhal::test
