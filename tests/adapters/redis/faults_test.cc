// What a real server can be made to do to a master, and what must not come of it.
#include <set>

#include "redis_case.h"

namespace narwhal::test {
namespace {

class RedisFaults : public RedisCase {
 protected:
  RedisFaults() : RedisCase({"--appendonly", "yes", "--appendfsync", "no"}) {}
};

class RedisMemory : public RedisCase {};

// Whether a new job comes, whatever happened before.
void expect_service(RedisCase&, Pump& pump, const std::function<void(const std::string&)>& enqueue,
                    const std::string& payload) {
  enqueue(payload);
  bool came = false;
  EXPECT_TRUE(pump.until(1, [&] {
    for (const auto& job : pump.deliveries) came = came || job.payload == payload;
    return came;
  })) << payload;
  for (const auto& job : pump.deliveries) pump.broker().settle(job, Verdict{});
  pump.deliveries.clear();
  EXPECT_TRUE(pump.confirm());
}

TEST_F(RedisFaults, ForgottenScriptsAreSentAgain) {
  auto pump = open();
  for (int i = 0; i < 5; ++i) {
    server.call({"SCRIPT", "FLUSH"});
    NewJob job;
    job.payload = std::to_string(i);
    EXPECT_TRUE(pump->publish(job).ok());
    server.call({"SCRIPT", "FLUSH"});
    const Delivery got = pump->take_one();
    EXPECT_EQ(got.payload, job.payload);
    server.call({"SCRIPT", "FLUSH"});
    pump->settle(got, retry_verdict());
    pump->ack(pump->take_one());
  }
  EXPECT_TRUE(pump->errors.empty());
  EXPECT_TRUE(pump->lost.empty());
}

TEST_F(RedisFaults, KilledConnectionsAreRebuiltAndConsumeAgain) {
  auto pump = open();
  for (const std::string type : {"normal", "pubsub"}) {
    for (int round = 0; round < 10; ++round) {
      enqueue("in hand");
      const Delivery job = pump->take_one();
      server.call({"CLIENT", "KILL", "TYPE", type, "SKIPME", "yes"});
      pump->settle(job, Verdict{});
      if (round % 2 == 0) pump->run_for(1, std::chrono::milliseconds{20});
      server.call({"CLIENT", "KILL", "TYPE", type, "SKIPME", "yes"});
      expect_service(
          *this, *pump, [this](const auto& payload) { enqueue(payload); },
          type + std::to_string(round));
    }
  }
  EXPECT_TRUE(pump->lost.empty());
  EXPECT_EQ(server.number({"LLEN", "queue:default"}), 0);
}

TEST_F(RedisFaults, ARestartedServerLosesNothingOfWhatIsInHand) {
  for (int i = 0; i < 6; ++i) enqueue(std::to_string(i));
  auto pump = open();
  auto jobs = pump->take(3);
  ASSERT_EQ(jobs.size(), 3U);
  for (int restart = 0; restart < 3; ++restart) {
    server.kill();
    pump->run_for(1, std::chrono::milliseconds{50});
    server.start();
  }
  for (const auto& job : jobs) pump->ack(job);
  std::set<std::string> rest;
  for (const auto& job : pump->take(3)) rest.insert(job.payload);
  EXPECT_EQ(rest, (std::set<std::string>{"3", "4", "5"}));
  EXPECT_TRUE(pump->lost.empty());
}

TEST_F(RedisMemory, AServerThatForgotEverythingIsServedAnew) {
  enqueue("forgotten");
  auto pump = open();
  const Delivery job = pump->take_one();
  server.kill();
  server.start();
  ASSERT_TRUE(pump->until(1, [&] { return !pump->lost.empty(); }));
  EXPECT_EQ(pump->lost.front().reservation, job.reservation);
  pump->settle(job, retry_verdict());
  expect_service(
      *this, *pump, [this](const auto& payload) { enqueue(payload); }, "new life");
}

TEST_F(RedisMemory, AFullServerKeepsRetriesAndRefusesNewJobs) {
  enqueue("must be retried");
  enqueue("must be fetched");
  auto pump = open();
  const Delivery job = pump->take_one();
  server.call({"CONFIG", "SET", "maxmemory", "1mb"});
  server.call({"CONFIG", "SET", "maxmemory-policy", "noeviction"});

  NewJob more;
  more.payload = "one too many";
  const auto published = pump->publish(more);
  ASSERT_FALSE(published.ok());
  EXPECT_EQ(published.error().kind, ErrorKind::unavailable);
  EXPECT_NE(published.error().text().find("OOM"), std::string::npos);

  pump->settle(job, retry_verdict(std::chrono::milliseconds{20}));
  std::set<std::string> got;
  for (const auto& each : pump->take(2)) got.insert(each.payload);
  EXPECT_EQ(got, (std::set<std::string>{"must be retried", "must be fetched"}));
  EXPECT_TRUE(pump->errors.empty());
}

TEST_F(RedisMemory, AMasterCanJoinAFullServer) {
  enqueue("waiting");
  server.call({"CONFIG", "SET", "maxmemory", "1mb"});
  EXPECT_EQ(open()->take_one().payload, "waiting");
}

TEST_F(RedisMemory, AnEvictingServerIsWarnedOf) {
  server.call({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  auto pump = open();
  pump->run_for(0, std::chrono::milliseconds{50});
  EXPECT_TRUE(mentions(pump->notices, "allkeys-lru"));
}

TEST_F(RedisMemory, AServerThatForbidsWhatIsNotNeededIsServedAllTheSame) {
  server.call({"ACL", "SETUSER", "worker", "on", ">pw", "~*", "&*", "+@all", "-info", "-config",
               "-client|setname"});
  options = {{"user", "worker"}, {"password", "pw"}};
  enqueue("modest");
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, "modest");
  EXPECT_TRUE(pump->errors.empty());
}

TEST_F(RedisMemory, AWrongPasswordIsToldWithoutShowingItAndARightOneServesAgain) {
  server.call({"CONFIG", "SET", "requirepass", "sesame"});
  options = {{"password", "open-barley"}};
  Pump pump(open_broker());
  ASSERT_TRUE(pump.until(1, [&] { return pump.errors.size() >= 2; }));
  EXPECT_TRUE(mentions(pump.errors, "WRONGPASS"));
  EXPECT_FALSE(mentions(pump.errors, "barley"));
  server.call({"AUTH", "sesame"});
}

TEST_F(RedisMemory, APasswordThatIsAskedForIsNamedWhenMissing) {
  server.call({"CONFIG", "SET", "requirepass", "sesame"});
  Pump pump(open_broker());
  ASSERT_TRUE(pump.until(1, [&] { return !pump.errors.empty(); }));
  EXPECT_TRUE(mentions(pump.errors, "NOAUTH"));
}

TEST_F(RedisMemory, DatabasesAreSeparate) {
  options = {{"db", "3"}};
  enqueue("in three");
  EXPECT_EQ(server.number({"EXISTS", "queue:default"}), 0);
  EXPECT_EQ(open()->take_one().payload, "in three");
}

TEST_F(RedisMemory, PrefixesAreSeparate) {
  options = {{"prefix", "app1:"}};
  enqueue("prefixed");
  EXPECT_EQ(server.number({"LLEN", "app1:queue:default"}), 1);
  auto pump = open();
  pump->settle(pump->take_one(), bury_verdict("no"));
  EXPECT_EQ(server.number({"ZCARD", "app1:narwhal:dead:default"}), 1);
}

TEST_F(RedisMemory, AQueueThatIsNoListStopsNobodyElse) {
  queues = {{"broken", 0}, {"default", 0}};
  server.call({"SET", "queue:broken", "x"});
  enqueue("healthy");
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, "healthy");
  pump->run_for(1, std::chrono::milliseconds{50});
  EXPECT_TRUE(mentions(pump->notices, "WRONGTYPE"));
}

TEST_F(RedisMemory, ARetryThatCannotBeWrittenKeepsTheJob) {
  lease = std::chrono::milliseconds{900};
  server.call({"SET", "narwhal:delayed:default", "x"});
  enqueue("kept");
  auto pump = open();
  Delivery job = pump->take_one();
  pump->broker().settle(job, retry_verdict(std::chrono::milliseconds{10}));
  ASSERT_TRUE(pump->until(0, [&] { return mentions(pump->notices, "WRONGTYPE"); }));
  EXPECT_EQ(pump->broker().unconfirmed(), 1U);
  server.call({"DEL", "narwhal:delayed:default"});
  ASSERT_TRUE(pump->confirm());
  EXPECT_EQ(pump->take_one().payload, "kept");
}

TEST_F(RedisMemory, EqualPayloadsThatWaitStayTwoJobs) {
  server.call({"LPUSH", "queue:default", "[] 9007199254740993", "[] 9007199254740993"});
  auto pump = open();
  for (const auto& job : pump->take(2)) {
    pump->settle(job, retry_verdict(std::chrono::milliseconds{50}));
  }
  const auto jobs = pump->take(2);
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_NE(jobs[0].id, jobs[1].id);
  for (const auto& job : jobs) EXPECT_EQ(job.payload, "[] 9007199254740993");
}

TEST_F(RedisMemory, OrphansOfAnotherHostComeWithTheirLease) {
  // As a consumer of another kernel left them: known, but neither alive nor provably dead.
  lease = std::chrono::milliseconds{900};
  const std::string other = "00112233445566aa:other-boot:1:77:1:elsewhere";
  server.call({"SADD", "narwhal:consumers", other});
  server.call({"PSETEX", "narwhal:consumer:" + other, "700", "x"});
  server.call({"HSET", "narwhal:inflight:" + other, "1:default", "\xff\xff garbage", "2:default",
               "second", "10:default", "third", "nonsense", "lost?"});
  auto pump = open();
  const auto jobs = pump->take(3);
  ASSERT_EQ(jobs.size(), 3U);
  EXPECT_EQ(jobs[0].payload, "\xff\xff garbage");
  EXPECT_EQ(jobs[1].payload, "second");
  EXPECT_EQ(jobs[2].payload, "third");
  for (const auto& job : jobs) EXPECT_EQ(job.counters.crashes, 1U);
  EXPECT_EQ(jobs[1].id, "00112233445566aa-2") << "the name its first master gave it";
}

TEST_F(RedisMemory, ALivingConsumerOfAnotherHostKeepsItsJobs) {
  const std::string other = "00112233445566aa:other-boot:1:77:1:elsewhere";
  lease = std::chrono::milliseconds{600};
  server.call({"SADD", "narwhal:consumers", other});
  server.call({"SET", "narwhal:consumer:" + other, "x"});
  server.call({"HSET", "narwhal:inflight:" + other, "1:default", "mine"});
  auto pump = open();
  pump->run_for(1, lease * 2);
  EXPECT_TRUE(pump->deliveries.empty());
}

TEST_F(RedisMemory, ManyOrphansComeHomeInPieces) {
  const std::string other = "00112233445566aa:other-boot:1:77:1:elsewhere";
  server.call({"SADD", "narwhal:consumers", other});
  for (int i = 1; i <= 1000; ++i) {
    server.call(
        {"HSET", "narwhal:inflight:" + other, std::to_string(i) + ":default", std::to_string(i)});
  }
  auto pump = open();
  std::set<std::string> got;
  for (const auto& job : pump->take(1000)) got.insert(job.payload);
  EXPECT_EQ(got.size(), 1000U);
  ASSERT_TRUE(pump->until(0, [&] {
    return server.number({"EXISTS", "narwhal:inflight:" + other}) == 0 &&
           server.number({"SISMEMBER", "narwhal:consumers", other}) == 0;
  }));
}

}  // namespace
}  // namespace narwhal::test
