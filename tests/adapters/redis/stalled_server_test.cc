// A server that is stopped (or a line that is dead) must not stop the master with it.
#include "redis_case.h"

namespace narwhal::test {
namespace {

class StalledServer : public RedisCase {
 protected:
  StalledServer() : RedisCase({"--appendonly", "yes", "--appendfsync", "no"}) {
    lease = std::chrono::seconds{3};
  }
  ~StalledServer() override { server.resume(); }
};

TEST_F(StalledServer, NoCallWaitsForIt) {
  for (int i = 0; i < 10; ++i) enqueue(std::to_string(i));
  auto pump = open();
  auto jobs = pump->take(10);
  ASSERT_EQ(jobs.size(), 10U);
  server.pause();
  // A call that waited for an answer would never return: the server is stopped throughout.
  for (const auto& job : jobs) {
    pump->broker().settle(job, Verdict{});
    pump->turn(1, std::chrono::milliseconds{1});
  }
  EXPECT_TRUE(pump->deliveries.empty());
  EXPECT_EQ(pump->broker().unconfirmed(), 10U);
  server.resume();
  ASSERT_TRUE(pump->confirm());
  EXPECT_TRUE(pump->lost.empty());
}

TEST_F(StalledServer, ItsSilenceIsNoticedAndServiceResumes) {
  enqueue("in hand");
  auto pump = open();
  const Delivery job = pump->take_one();
  server.pause();
  ASSERT_TRUE(pump->until(1, [&] { return !pump->errors.empty(); }));
  EXPECT_TRUE(mentions(pump->errors, "does not answer"));
  server.resume();
  ASSERT_TRUE(pump->serve());
  enqueue("after");
  EXPECT_EQ(pump->take_one().payload, "after");
}

TEST_F(StalledServer, ATurnThatWasStillUnreadIsNotCarriedOutByTheOldSession) {
  enqueue("one");
  enqueue("two");
  auto pump = open();
  const Delivery job = pump->take_one();
  server.pause();
  pump->broker().settle(job, Verdict{});
  ASSERT_TRUE(pump->until(1, [&] { return !pump->errors.empty(); }));
  server.resume();
  ASSERT_TRUE(pump->serve());
  EXPECT_EQ(pump->take_one().payload, "two");
  ASSERT_TRUE(pump->confirm());
  EXPECT_EQ(server.number({"LLEN", "queue:default"}), 0);
  const auto flight = server.list({"KEYS", "narwhal:inflight:*"});
  ASSERT_EQ(flight.size(), 1U);
  EXPECT_EQ(server.number({"HLEN", flight.front()}), 1) << "nothing is held unknown to the master";
}

}  // namespace
}  // namespace narwhal::test
