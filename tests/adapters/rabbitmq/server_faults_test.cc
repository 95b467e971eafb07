// A server that is killed, stopped, short of memory, or has too little patience with long jobs.
// Field cases P44, P47, P52, P53.
#include <map>
#include <set>

#include "rabbitmq_case.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RabbitmqRestart : public RabbitmqServerCase, public testing::WithParamInterface<const char*> {
 protected:
  RabbitmqRestart() { options = {{"queue_type", GetParam()}}; }
};
INSTANTIATE_TEST_SUITE_P(Queues, RabbitmqRestart, testing::Values("classic", "quorum"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(RabbitmqRestart, JobsSurviveAKilledServerAndAreNoCrashes) {
  lease = seconds{3};
  auto pump = open();
  for (int i = 0; i < 5; ++i) enqueue(std::to_string(i));
  auto jobs = pump->take(2);
  ASSERT_EQ(jobs.size(), 2U);
  pump->settle(jobs[1], retry_verdict(seconds{1}));
  server.kill();
  ASSERT_TRUE(pump->until(0, [&] { return pump->errors.size() >= 2; }));
  EXPECT_EQ(pump->lost.size(), 1U);
  server.start();
  // The retried one may come twice: the server writes acknowledgements down when it likes.
  std::set<std::string> seen;
  bool retried = false;
  const bool all = pump->until(5, [&] {
    for (; !pump->deliveries.empty(); pump->deliveries.pop_front()) {
      Delivery& job = pump->deliveries.front();
      EXPECT_EQ(job.counters.crashes, 0U) << "cut off, and no crash";
      seen.insert(job.payload);
      retried = retried || (job.payload == "1" && job.counters.attempts == 1);
      pump->broker().settle(std::move(job), Verdict{});
    }
    return seen.size() == 5 && retried;
  });
  ASSERT_TRUE(all) << seen.size() << " of 5 came" << (retried ? "" : ", none of them the retry");
  ASSERT_TRUE(pump->confirm());
}

class RabbitmqStop : public RabbitmqServerCase {};

TEST_F(RabbitmqStop, AStoppedServerKeepsNoTurnWaiting) {
  lease = seconds{2};
  enqueue("job");
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, "job");
  server.pause();
  const TimePoint begin = clock.now();
  ASSERT_TRUE(pump->until(1, [&] { return mentions(pump->errors, "no heartbeat") == 1; }));
  EXPECT_LT(clock.now() - begin, seconds{8});
  // Now it accepts connections, and greets nobody.
  for (int i = 0; i < 50; ++i) {
    const TimePoint turn = clock.now();
    pump->turn(1, milliseconds{5});
    EXPECT_LT(clock.now() - turn, milliseconds{500});
  }
  server.resume();
  EXPECT_EQ(pump->take_one().payload, "job");
}

class RabbitmqAlarm : public RabbitmqServerCase {
 protected:
  void raise_alarm() { server.control("set_vm_memory_high_watermark 0.00001"); }
  void end_alarm() { server.control("set_vm_memory_high_watermark 0.9"); }
};

TEST_F(RabbitmqAlarm, AcksGoOnAndRetriesWaitWhileMemoryIsShort) {
  for (int i = 0; i < 3; ++i) enqueue(std::to_string(i));
  auto pump = open();
  auto jobs = pump->take(2);
  ASSERT_EQ(jobs.size(), 2U);
  raise_alarm();
  pump->broker().settle(jobs[0], retry_verdict());
  ASSERT_TRUE(pump->until(0, [&] { return mentions(pump->notices, "takes no messages") == 1; }));
  pump->broker().settle(jobs[1], Verdict{});
  ASSERT_TRUE(pump->until(0, [&] { return pump->broker().unconfirmed() == 1; }));
  EXPECT_EQ(pump->take_one().payload, "2") << "consuming goes on";
  EXPECT_TRUE(pump->lost.empty()) << "its claim is kept";
  end_alarm();
  ASSERT_TRUE(pump->confirm());
  EXPECT_EQ(mentions(pump->notices, "takes messages again"), 1U);
  const Delivery again = pump->take_one();
  EXPECT_EQ(again.payload, "0");
  EXPECT_EQ(again.counters.attempts, 1U);
}

TEST_F(RabbitmqAlarm, AMasterStopsWhileMemoryIsShort) {
  enqueue("given back");
  auto pump = open();
  Delivery job = pump->take_one();
  raise_alarm();
  pump->broker().publish(1, {.payload = "waits"});
  ASSERT_TRUE(pump->until(0, [&] { return mentions(pump->notices, "takes no messages") == 1; }));
  pump->broker().set_fetching(false);
  pump->broker().settle(std::move(job), release_verdict());
  ASSERT_TRUE(pump->until(0, [&] { return pump->broker().unconfirmed() == 1; })) << "the publish";
  pump->kill();
  end_alarm();
  EXPECT_EQ(open()->take_one().payload, "given back");
}

TEST_F(RabbitmqAlarm, ADelayedJobThatIsDueWaitsUntilMemoryIsThereAgain) {
  NewJob job;
  job.payload = "due";
  job.run_at = clock.wall_now() + milliseconds{1500};
  enqueue(job);
  auto pump = open();
  raise_alarm();
  pump->broker().publish(1, {.payload = "waits"});
  ASSERT_TRUE(pump->until(1, [&] { return mentions(pump->notices, "takes no messages") == 1; }));
  ASSERT_TRUE(pump->until(1, [&] { return clock.wall_now() > *job.run_at + milliseconds{100}; }));
  EXPECT_TRUE(pump->deliveries.empty());
  end_alarm();
  const auto jobs = payloads(pump->take(2));
  EXPECT_EQ(std::set<std::string>(jobs.begin(), jobs.end()),
            (std::set<std::string>{"due", "waits"}));
}

TEST_F(RabbitmqAlarm, AProducerSaysWhyItWaited) {
  auto producer = rabbitmq_broker_type().open_producer(config());
  ASSERT_TRUE(producer.ok());
  raise_alarm();
  auto refused = (*producer)->enqueue({.payload = "too much"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_NE(refused.error().text().find("takes no messages"), std::string::npos)
      << refused.error().text();
  end_alarm();
  EXPECT_TRUE((*producer)->enqueue({.payload = "later"}).ok());
}

class RabbitmqTimeout : public RabbitmqServerCase {
 protected:
  RabbitmqTimeout()
      : RabbitmqServerCase(
            "[{rabbit, [{consumer_timeout, 2000}, {channel_tick_interval, 500}]}].") {}
};

TEST_F(RabbitmqTimeout, AJobOverTheServersLimitCountsAsACrashAndTheOthersGoOn) {
  queues = {{"slow", 0}, {"default", 0}};
  enqueue("endless", "slow");
  auto pump = open();
  const Delivery endless = pump->take_one();
  pump->run_for(1, milliseconds{1500});
  enqueue("innocent", "slow");
  enqueue("elsewhere");
  auto others = pump->take(2);
  ASSERT_EQ(others.size(), 2U);
  ASSERT_TRUE(pump->until(0, [&] { return !pump->lost.empty(); }));
  EXPECT_EQ(mentions(pump->notices, "consumer_timeout"), 1U);
  EXPECT_EQ(mentions(pump->notices, "2000 ms"), 1U);
  EXPECT_TRUE(pump->errors.empty()) << "the session goes on";
  // A late ack changes nothing.
  pump->settle(endless, Verdict{});
  for (auto& job : others) {
    if (job.queue == "default") pump->ack(job);
  }
  std::map<std::string, std::uint32_t> crashes;
  for (const auto& job : pump->take(2)) crashes[job.payload] = job.counters.crashes;
  EXPECT_EQ(crashes, (std::map<std::string, std::uint32_t>{{"endless", 1}, {"innocent", 0}}));
}

// The first time, what is held is cut off; then it is known how long it may be.
TEST_F(RabbitmqTimeout, ADelayMayBeLongerThanTheServersLimit) {
  NewJob job;
  job.payload = "later";
  job.run_at = clock.wall_now() + seconds{8};
  enqueue(job);
  auto pump = open();
  const Delivery got = pump->take_one();
  EXPECT_EQ(got.payload, "later");
  EXPECT_GE(clock.wall_now(), *job.run_at);
  EXPECT_EQ(got.counters, Counters{});
  EXPECT_TRUE(pump->errors.empty());
  EXPECT_EQ(mentions(pump->notices, "consumer_timeout"), 0U);
  pump->ack(got);
}

}  // namespace
}  // namespace narwhal::test
