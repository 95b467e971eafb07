#include "redis_case.h"

namespace narwhal::test {
namespace {

class RedisCluster : public RedisCase {
 protected:
  RedisCluster() : RedisCase({"--cluster-enabled", "yes"}) {}
};

TEST_F(RedisCluster, IsRefusedInWords) {
  Pump pump(open_broker());
  ASSERT_TRUE(pump.until(1, [&] { return !pump.errors.empty(); }));
  EXPECT_TRUE(mentions(pump.errors, "Redis Cluster, which is not supported"));
  auto producer = redis_broker_type().open_producer(config());
  ASSERT_FALSE(producer.ok());
  EXPECT_EQ(producer.error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace narwhal::test
