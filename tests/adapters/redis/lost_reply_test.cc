// Answers that get lost on the way: what was asked for has been done, and nobody knows.
#include <set>

#include "proxy.h"
#include "redis_case.h"

namespace narwhal::test {
namespace {

class LostReply : public RedisCase {
 protected:
  LostReply() { url = proxy.url(); }

  void lose_an_answer(Pump& pump, int want) {
    proxy.lose_next_answer();
    ASSERT_TRUE(pump.until(want, [&] { return proxy.lost_it() && !pump.errors.empty(); }));
    pump.errors.clear();
    ASSERT_TRUE(pump.serve());
  }

  Proxy proxy{server.socket()};
};

TEST_F(LostReply, FetchedJobsThatNeverArrivedAreServedAll) {
  auto pump = open();
  pump->run_for(0, std::chrono::milliseconds{100});
  for (int i = 0; i < 20; ++i) {
    server.call({"LPUSH", "queue:default", std::to_string(i)});
  }
  lose_an_answer(*pump, 5);
  std::vector<std::string> got;
  for (const auto& job : pump->take(20)) got.push_back(job.payload);
  ASSERT_EQ(std::set<std::string>(got.begin(), got.end()).size(), 20U);
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], std::to_string(i));
}

TEST_F(LostReply, SettlementsAreAppliedOnceAndNotReportedLost) {
  auto pump = open();
  server.call({"LPUSH", "queue:default", "acked", "retried", "buried"});
  auto jobs = pump->take(3);
  ASSERT_EQ(jobs.size(), 3U);
  pump->broker().settle(jobs[0], Verdict{});
  pump->broker().settle(jobs[1], retry_verdict());
  pump->broker().settle(jobs[2], bury_verdict("no"));
  lose_an_answer(*pump, 0);
  ASSERT_TRUE(pump->confirm());
  EXPECT_TRUE(pump->lost.empty());
  EXPECT_EQ(server.number({"LLEN", "queue:default"}), 1);
  EXPECT_EQ(server.number({"ZCARD", "narwhal:dead:default"}), 1);
  EXPECT_EQ(pump->take_one().payload, "retried");
}

TEST_F(LostReply, PublishedJobsAreStoredOnce) {
  auto pump = open();
  pump->run_for(0, std::chrono::milliseconds{100});
  for (PublishToken token = 1; token <= 10; ++token) {
    NewJob job;
    job.payload = std::to_string(token);
    pump->broker().publish(token, job);
  }
  lose_an_answer(*pump, 0);
  ASSERT_TRUE(pump->confirm());
  ASSERT_TRUE(pump->until(0, [&] { return pump->published.size() == 10; }));
  for (const auto& each : pump->published) EXPECT_TRUE(each.result.ok());
  EXPECT_EQ(server.number({"LLEN", "queue:default"}), 10);
}

TEST_F(LostReply, LosingOneAnswerAfterTheOtherLosesNoJob) {
  auto pump = open();
  std::set<std::string> done;
  for (int i = 0; i < 30; ++i) {
    server.call({"LPUSH", "queue:default", std::to_string(i)});
    proxy.lose_next_answer();
    ASSERT_TRUE(pump->until(2, [&] {
      while (!pump->deliveries.empty()) {
        done.insert(pump->deliveries.front().payload);
        pump->broker().settle(std::move(pump->deliveries.front()), Verdict{});
        pump->deliveries.pop_front();
      }
      return done.contains(std::to_string(i));
    })) << i;
  }
  EXPECT_EQ(done.size(), 30U);
  EXPECT_TRUE(pump->confirm());
  EXPECT_EQ(server.number({"LLEN", "queue:default"}), 0);
}

TEST_F(LostReply, AServerThatTricklesIsSlowAndNothingElse) {
  proxy.trickle(40);
  server.call({"LPUSH", "queue:default", std::string(20'000, 'x')});
  auto pump = open();
  const Delivery job = pump->take_one();
  EXPECT_EQ(job.payload.size(), 20'000U);
  pump->settle(job, retry_verdict());
  EXPECT_EQ(pump->take_one().payload.size(), 20'000U);
  EXPECT_TRUE(pump->errors.empty());
}

}  // namespace
}  // namespace narwhal::test
