// Field case P22: an idle daemon sleeps. Wake-ups are counted, not time.
#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

TEST_F(FieldCase, P22_IdleWithSixEmptyWeightedQueues) {
  config.set("workers", 4).set("broker.queues", "{ a = 6, b = 5, c = 4, d = 3, e = 2, f = 1 }");
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(4));
  std::vector<pid_t> others = daemon.worker_pids();
  others.push_back(daemon.mold());
  // Settled once a second has brought nothing new.
  ASSERT_TRUE(eventually([&] {
    const long before = wakeups_of(daemon.pid());
    return !eventually([&] { return wakeups_of(daemon.pid()) != before; }, 1s);
  }));
  const long others_before = wakeups_of(others);
  const long before = wakeups_of(daemon.pid());
  const long ticks = cpu_ticks_of(daemon.pid());
  stays([] { return true; }, 4s);
  EXPECT_EQ(wakeups_of(others), others_before);
  // At most one renewal of the lease (every 10 s) falls into the span; it may wait for a lock.
  EXPECT_LE(wakeups_of(daemon.pid()) - before, 3);
  EXPECT_LE(cpu_ticks_of(daemon.pid()) - ticks, 1);
  EXPECT_TRUE(daemon.running());
}

}  // namespace
}  // namespace narwhal::test
