// How an idle master learns of jobs.
#include "redis_case.h"

namespace narwhal::test {
namespace {

class WakeUp : public RedisCase {
 protected:
  // The look that rides on the heartbeat would hide that nobody was told.
  WakeUp() { lease = std::chrono::hours{1}; }

  [[nodiscard]] long long commands_run() {
    const std::string info = server.text({"INFO", "stats"});
    const std::string key = "total_commands_processed:";
    return std::stoll(info.substr(info.find(key) + key.size()));
  }

  void expect_wake_ups(Pump& pump) {
    for (int i = 0; i < 5; ++i) {
      pump.run_for(1, std::chrono::milliseconds{100});
      server.call({"LPUSH", "queue:" + queues[static_cast<std::size_t>(i) % queues.size()].name,
                   std::to_string(i)});
      const Delivery job = pump.take_one();
      EXPECT_EQ(job.payload, std::to_string(i));
      pump.ack(job);
    }
  }
};

class WithoutTracking : public WakeUp {
 protected:
  // Everything about clients but their tracking; of blocking commands, what the test leaves.
  void forbid(const std::string& more) {
    server.call(
        {"ACL", "SETUSER", "worker", "on", ">pw", "~*", "&*", "+@all", "-client|tracking", more});
    options = {{"user", "worker"}, {"password", "pw"}};
  }
};

TEST_F(WakeUp, AnIdleMasterAsksTheServerNothing) {
  queues = {{"a", 3}, {"b", 2}, {"c", 1}};
  auto pump = open();
  pump->run_for(1, std::chrono::milliseconds{500});
  const long long before = commands_run();
  pump->run_for(1, std::chrono::seconds{2});
  EXPECT_LE(commands_run() - before, 2) << "besides the two questions of this test";
  expect_wake_ups(*pump);
}

TEST_F(WakeUp, AJobDelayedByAnotherIsSeenByAnIdleMaster) {
  auto pump = open();
  pump->run_for(1, std::chrono::milliseconds{200});
  NewJob job;
  job.payload = "later";
  job.run_at = clock.wall_now() + std::chrono::milliseconds{200};
  enqueue(job);
  EXPECT_EQ(pump->take_one().payload, "later");
}

TEST_F(WakeUp, APushWhileNothingWasWantedIsSeenWhenSomethingIs) {
  auto pump = open();
  pump->run_for(1, std::chrono::milliseconds{100});
  pump->run_for(0, std::chrono::milliseconds{50});
  server.call({"LPUSH", "queue:default", "meanwhile"});
  pump->run_for(0, std::chrono::milliseconds{50});
  EXPECT_EQ(pump->take_one().payload, "meanwhile");
}

TEST_F(WithoutTracking, AMasterWaitsOnItsQueuesAndLooksForDueJobs) {
  forbid("+blmove");
  queues = {{"a", 0}, {"b", 0}};
  auto pump = open();
  expect_wake_ups(*pump);
  EXPECT_TRUE(mentions(pump->notices, "CLIENT TRACKING"));
  EXPECT_TRUE(pump->errors.empty());
  NewJob job;
  job.queue = "b";
  job.payload = "later";
  job.run_at = clock.wall_now() + std::chrono::milliseconds{200};
  enqueue(job);
  EXPECT_EQ(pump->take_one().payload, "later");
}

TEST_F(WithoutTracking, AMasterLooksForItselfWhenItMayNotWaitEither) {
  forbid("-blmove");
  auto pump = open();
  expect_wake_ups(*pump);
  EXPECT_TRUE(pump->errors.empty());
}

}  // namespace
}  // namespace narwhal::test
