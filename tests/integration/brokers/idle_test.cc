// Field case P22 on every broker: an idle daemon sleeps. Wake-ups are counted, not time.
#include <iostream>

#include "integration/brokers/broker_test.h"

namespace narwhal::test {
namespace {

class IdleTest : public BrokerTest {};
NARWHAL_ON_BROKER(IdleTest);

TEST_P(IdleTest, P22_TwentyWorkersSleepBetweenRenewalsOfTheLease) {
  constexpr int kWorkers = 20;
  constexpr auto kSpan = 32s;
  // The lease is renewed three times in its duration: here, twice in the span at the most.
  config.set("workers", kWorkers).text("lease.duration", "60s");
  config.set("broker.queues", R"(["urgent", "default"])");
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(kWorkers)) << daemon.log();
  queue.add_many(200, "Marker", marker());
  ASSERT_TRUE(all_marked(200, "end"));
  ASSERT_TRUE(queue_empties());
  std::vector<pid_t> others = daemon.worker_pids();
  others.push_back(daemon.mold());
  // Settled once two seconds have brought nothing new.
  ASSERT_TRUE(eventually([&] {
    const long before = wakeups_of(daemon.pid());
    return stays([&] { return wakeups_of(daemon.pid()) == before; }, 2s);
  }));
  const long others_before = wakeups_of(others);
  const long before = wakeups_of(daemon.pid());
  const long ticks = cpu_ticks_of(daemon.pid());
  ASSERT_TRUE(stays([&] { return daemon.running(); }, kSpan));
  const long woken = wakeups_of(daemon.pid()) - before;
  std::cout << "woken " << woken << " times\n";
  EXPECT_EQ(wakeups_of(others), others_before);
  // Of each renewal, what is sent and what is answered, on two connections.
  EXPECT_LE(woken, 2 * 4);
  EXPECT_LE(cpu_ticks_of(daemon.pid()) - ticks, 1);
  // It is asleep, not deaf.
  const std::string job = queue.add("Marker", marker());
  EXPECT_TRUE(marked(job, "end"));
}

}  // namespace
}  // namespace narwhal::test
