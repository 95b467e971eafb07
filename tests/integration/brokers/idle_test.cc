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
  const auto woken_so_far = [&] {
    return host->client_has_threads() ? loop_wakeups_of(daemon.pid()) : wakeups_of(daemon.pid());
  };
  // Settled once two seconds have brought nothing new.
  ASSERT_TRUE(eventually([&] {
    const long before = woken_so_far();
    return stays([&] { return woken_so_far() == before; }, 2s);
  }));
  const long others_before = wakeups_of(others);
  const long before = woken_so_far();
  const long ticks = cpu_ticks_of(daemon.pid());
  ASSERT_TRUE(stays([&] { return daemon.running(); }, kSpan));
  const long woken = woken_so_far() - before;
  std::cout << "woken " << woken << " times\n";
  EXPECT_EQ(wakeups_of(others), others_before);
  // Of each renewal, what is sent and what is answered, on two connections.
  EXPECT_LE(woken, 2 * 4);
  // Threads with timers may take a hundredth of a CPU.
  const long most_ticks = host->client_has_threads() ? kSpan.count() : 1;
  EXPECT_LE(cpu_ticks_of(daemon.pid()) - ticks, most_ticks);
  // It is asleep, not deaf.
  const std::string job = queue.add("Marker", marker());
  EXPECT_TRUE(marked(job, "end"));
}

}  // namespace
}  // namespace narwhal::test
