#include "integration/brokers/broker_test.h"
#include "integration/brokers/redis_host.h"

namespace narwhal::test {

INSTANTIATE_TEST_SUITE_P(Redis, BrokerTest, testing::Values(make_host<RedisHost>()),
                         [](const auto&) { return "redis"; });

}  // namespace narwhal::test
