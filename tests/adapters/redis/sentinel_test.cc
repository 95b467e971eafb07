// A failover by real sentinels: two servers, one watcher.
#include "redis_case.h"

namespace narwhal::test {
namespace {

class Sentinel : public testing::Test {
 protected:
  static RedisServer::Settings settings() {
    return {"--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0"};
  }
  [[nodiscard]] std::string url() const {
    return "redis+sentinel://127.0.0.1:1,127.0.0.1:" + std::to_string(sentinel_port) + "/mymaster";
  }

  void SetUp() override {
    second.call({"REPLICAOF", "127.0.0.1", std::to_string(first_port)});
    sentinel = std::make_unique<RedisServer>(
        RedisServer::Settings{
            "sentinel monitor mymaster 127.0.0.1 " + std::to_string(first_port) + " 1",
            "sentinel down-after-milliseconds mymaster 500",
            "sentinel failover-timeout mymaster 5000"},
        sentinel_port, RedisServer::Kind::sentinel);
  }

  const int first_port = unused_port();
  const int second_port = unused_port();
  const int sentinel_port = unused_port();
  RedisServer first{settings(), first_port};
  RedisServer second{settings(), second_port};
  std::unique_ptr<RedisServer> sentinel;
  SystemClock clock;
};

TEST_F(Sentinel, AFailoverIsFollowed) {
  BrokerConfig config;
  config.url = url();
  BrokerContext context;
  context.name = "one";
  context.capacity = 10;
  context.lease = std::chrono::seconds{6};
  context.max_payload = std::size_t{16} << 20U;
  context.clock = &clock;
  auto broker = redis_broker_type().open(config, context);
  ASSERT_TRUE(broker.ok());
  Pump pump(std::move(*broker));
  ASSERT_TRUE(pump.serve());

  NewJob job;
  job.payload = "before";
  ASSERT_TRUE(pump.publish(job).ok());
  const Delivery before = pump.take_one();
  EXPECT_EQ(before.payload, "before");
  // What a replica has not heard of is lost with its master, whoever its client is.
  first.call({"WAIT", "1", "5000"});
  ASSERT_TRUE(pump.until(0, [&] {
    return second.text({"INFO", "replication"}).find("master_link_status:up") !=
               std::string::npos &&
           sentinel->text({"INFO", "sentinel"}).find("slaves=1") != std::string::npos;
  }));

  first.kill();
  const auto promoted = [&] {
    const auto master = sentinel->list({"SENTINEL", "get-master-addr-by-name", "mymaster"});
    return master.size() == 2 && master[1] == std::to_string(second_port);
  };
  ASSERT_TRUE(pump.until(
      1, [&] { return promoted() && pump.broker().serving(); }, std::chrono::seconds{40}));
  pump.ack(before);
  job.payload = "after";
  ASSERT_TRUE(pump.publish(job).ok());
  EXPECT_EQ(pump.take_one().payload, "after");

  auto producer = redis_broker_type().open_producer(config);
  ASSERT_TRUE(producer.ok()) << producer.error().text();
  EXPECT_TRUE((*producer)->enqueue(job).ok());
}

TEST_F(Sentinel, AMasterOfUnknownNameIsSaidSo) {
  BrokerConfig config;
  config.url = "redis+sentinel://127.0.0.1:" + std::to_string(sentinel_port) + "/nobody";
  auto producer = redis_broker_type().open_producer(config);
  ASSERT_FALSE(producer.ok());
  EXPECT_NE(producer.error().text().find("nobody"), std::string::npos);
}

}  // namespace
}  // namespace narwhal::test
