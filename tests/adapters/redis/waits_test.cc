// Jobs that a blocked BLMOVE brings: each runs once, whatever gets lost on its way.
#include "proxy.h"
#include "redis_case.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;

// A consumer of another kernel that is gone.
const std::string kGone = "00112233445566aa:other-boot:1:77:1:elsewhere";

class Waits : public RedisCase {
 protected:
  [[nodiscard]] std::size_t blocked() {
    const std::string clients = server.text({"INFO", "clients"});
    const std::string key = "blocked_clients:";
    return std::stoul(clients.substr(clients.find(key) + key.size()));
  }
  // Idle, and waiting on each of its queues.
  std::unique_ptr<Pump> open_waiting() {
    auto pump = open();
    EXPECT_TRUE(pump->until(1, [&] { return blocked() == queues.size(); }));
    return pump;
  }
  // The next job, of which nothing is said to the server.
  Delivery read_one(Pump& pump) {
    BrokerEvents events;
    const TimePoint deadline = clock.now() + Pump::kPatience;
    while (events.deliveries.empty() && clock.now() < deadline) {
      PollSet ready;
      pump.broker().watch(ready);
      EXPECT_TRUE(ready.wait(milliseconds{100}).ok());
      EXPECT_TRUE(pump.broker().step(ready, clock.now(), 1, events).ok());
    }
    return events.deliveries.empty() ? Delivery{} : events.deliveries.front();
  }
  void leave_behind(const std::string& payload) {
    server.call({"SADD", "narwhal:consumers", kGone});
    server.call({"HSET", "narwhal:waits:" + kGone, "q:default", "1"});
    server.call({"LPUSH", "narwhal:arrived:" + kGone + ":default", payload});
  }
  [[nodiscard]] bool known(const std::string& consumer) {
    return server.number({"SISMEMBER", "narwhal:consumers", consumer}) == 1;
  }
};

class WaitsBehindAProxy : public Waits {
 protected:
  WaitsBehindAProxy() { url = proxy.url(); }
  void lose_an_answer(Pump& pump, const std::function<void()>& to_what) {
    proxy.lose_next_answer();
    to_what();
    ASSERT_TRUE(pump.until(1, [&] { return proxy.lost_it() && !pump.errors.empty(); }));
    ASSERT_TRUE(pump.serve());
  }

  Proxy proxy{server.socket()};
};

TEST_F(Waits, AnArrivalIsAJobLikeAnyOther) {
  auto pump = open_waiting();
  for (int i = 0; i < 20; ++i) {
    enqueue(std::to_string(i));
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.payload, std::to_string(i));
    EXPECT_EQ(job.counters.crashes, 0U);
    pump->settle(job, i % 2 == 0 ? Verdict{} : bury_verdict("odd"));
  }
  EXPECT_EQ(server.number({"ZCARD", "narwhal:dead:default"}), 10);
  EXPECT_TRUE(pump->lost.empty());
  EXPECT_TRUE(server.list({"KEYS", "narwhal:arrived:*"}).empty());
  EXPECT_TRUE(server.list({"KEYS", "narwhal:inflight:*"}).empty());
}

TEST_F(Waits, WhoHasRoomForOneTakesOne) {
  queues = {{"a", 0}, {"b", 0}};
  auto pump = open_waiting();
  // In one command, so that both have arrived before anybody looks.
  server.call({"EVAL", "redis.call('LPUSH', KEYS[1], 'a') redis.call('LPUSH', KEYS[2], 'b')", "2",
               "queue:a", "queue:b"});
  const Delivery job = pump->take_one();
  pump->run_for(0, milliseconds{200});
  EXPECT_TRUE(pump->deliveries.empty());
  name = "two";
  auto other = open();
  EXPECT_EQ(other->take_one().payload, job.payload == "a" ? "b" : "a");
}

TEST_F(Waits, WhoHasStoppedFetchingLeavesJobsToOthers) {
  auto pump = open_waiting();
  pump->broker().set_fetching(false);
  ASSERT_TRUE(pump->confirm());
  EXPECT_EQ(blocked(), 0U);
  server.call({"LPUSH", "queue:default", "for another"});
  pump->run_for(0, milliseconds{100});
  EXPECT_TRUE(pump->deliveries.empty());
  EXPECT_EQ(server.number({"LLEN", "queue:default"}), 1);
}

TEST_F(Waits, OneTooLargeBecomesADeadLetter) {
  auto pump = open_waiting();
  server.call({"LPUSH", "queue:default", std::string((std::size_t{64} << 20U) + 1, 'x')});
  ASSERT_TRUE(pump->until(1, [&] {
    return server.number({"ZCARD", "narwhal:dead:default"}) == 1;
  }));
  server.call({"LPUSH", "queue:default", "small"});
  EXPECT_EQ(pump->take_one().payload, "small");
}

TEST_F(Waits, WhatAConsumerLeftBehindIsTakenUpAsACrash) {
  leave_behind("first");
  leave_behind("second");
  auto pump = open();
  // Two consumers that died within one millisecond are looked after in any order.
  std::map<std::string, Counters> jobs;
  for (const auto& job : pump->take(2)) jobs[job.payload] = job.counters;
  const Counters crashed{.crashes = 1};
  EXPECT_EQ(jobs, (std::map<std::string, Counters>{{"first", crashed}, {"second", crashed}}));
}

// Handed out, and perhaps run, before the server has heard that we hold it.
TEST_F(Waits, AForeignJobKeepsItsIdThoughItsMasterDiesAtOnce) {
  lease = milliseconds{600};
  auto pump = open_waiting();
  server.call({"LPUSH", "queue:default", "first"});
  pump->ack(pump->take_one());
  ASSERT_TRUE(pump->until(1, [&] { return blocked() == 1; }));
  server.call({"LPUSH", "queue:default", "foreign"});
  const std::string id = read_one(*pump).id;
  pump->kill();
  server.call({"LPUSH", "queue:default", "another"});

  name = "two";
  auto other = open();
  std::map<std::string, Delivery> jobs;
  for (auto& job : other->take(2)) jobs[job.payload] = job;
  EXPECT_EQ(jobs["foreign"].id, id);
  EXPECT_EQ(jobs["foreign"].counters.crashes, 1U);
  EXPECT_NE(jobs["another"].id, id);
}

// The server may serve a client that has died until it hears of that.
TEST_F(Waits, AJobThatReachesADeadConsumerLateIsTakenUpToo) {
  lease = milliseconds{600};
  leave_behind("early");
  auto pump = open();
  pump->ack(pump->take_one());
  ASSERT_TRUE(pump->until(1, [&] {
    return server.number({"HEXISTS", "narwhal:waits:" + kGone, "gone"}) == 1;
  }));
  EXPECT_TRUE(known(kGone));
  server.call({"LPUSH", "narwhal:arrived:" + kGone + ":default", "late"});
  EXPECT_EQ(pump->take_one().payload, "late");
}

TEST_F(Waits, TracesOfADeadConsumerGoWhenNoWaitOfItsCanBeLeft) {
  lease = milliseconds{600};
  leave_behind("job");
  auto pump = open();
  pump->ack(pump->take_one());
  const auto waits = "narwhal:waits:" + kGone;
  ASSERT_TRUE(pump->until(1, [&] { return server.number({"HEXISTS", waits, "gone"}) == 1; }));
  server.call({"HSET", waits, "gone", "1000000000"});
  ASSERT_TRUE(pump->until(1, [&] { return server.number({"HEXISTS", waits, "last"}) == 1; }));
  server.call({"HSET", waits, "last", "1000000000"});
  ASSERT_TRUE(pump->until(1, [&] { return !known(kGone); }));
  EXPECT_EQ(server.number({"EXISTS", waits}), 0);
}

TEST_F(Waits, WhereTheyAreForbiddenJobsComeAllTheSame) {
  for (const std::string forbidden : {"-blmove", "-client|unblock"}) {
    server.call({"ACL", "SETUSER", "worker", "reset", "on", ">pw", "~*", "&*", "+@all", forbidden});
    options = {{"user", "worker"}, {"password", "pw"}};
    auto pump = open();
    pump->run_for(1, milliseconds{200});
    EXPECT_EQ(blocked(), 0U) << forbidden;
    server.call({"LPUSH", "queue:default", forbidden});
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.payload, forbidden);
    pump->ack(job);
    EXPECT_EQ(mentions(pump->notices, "jobs are fetched once they are told of"), 1U) << forbidden;
    EXPECT_TRUE(pump->errors.empty());
  }
}

TEST_F(WaitsBehindAProxy, AJobWhoseArrivalWasNotHeardIsServedAsItWas) {
  auto pump = open_waiting();
  lose_an_answer(*pump, [&] { server.call({"LPUSH", "queue:default", "unheard"}); });
  const Delivery job = pump->take_one();
  EXPECT_EQ(job.payload, "unheard");
  EXPECT_EQ(job.counters.crashes, 0U);
  pump->ack(job);
  EXPECT_EQ(server.number({"LLEN", "queue:default"}), 0);
}

TEST_F(WaitsBehindAProxy, OneThatRunsWhileTheConnectionIsLostRunsOnce) {
  auto pump = open_waiting();
  server.call({"LPUSH", "queue:default", "running"});
  ASSERT_TRUE(pump->until(1, [&] { return !pump->deliveries.empty(); }));
  const Delivery job = pump->take_one();
  // Of what has just been sent: that it is ours now.
  lose_an_answer(*pump, [] {});
  pump->run_for(1, milliseconds{200});
  EXPECT_TRUE(pump->deliveries.empty());
  pump->ack(job);
  EXPECT_TRUE(pump->lost.empty());
  EXPECT_EQ(server.number({"LLEN", "queue:default"}), 0);
  EXPECT_TRUE(server.list({"KEYS", "narwhal:arrived:*"}).empty());
}

TEST_F(WaitsBehindAProxy, TheWaitOfALostSessionTakesNoJob) {
  auto pump = open_waiting();
  lose_an_answer(*pump, [&] { server.call({"LPUSH", "queue:default", "first"}); });
  pump->ack(pump->take_one());
  ASSERT_TRUE(pump->until(1, [&] { return blocked() == 1; }));
  for (int i = 0; i < 5; ++i) {
    server.call({"LPUSH", "queue:default", std::to_string(i)});
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.payload, std::to_string(i));
    pump->ack(job);
  }
}

}  // namespace
}  // namespace narwhal::test
