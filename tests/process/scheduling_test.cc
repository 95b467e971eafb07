// Which processes run in the background.
#include <sched.h>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

TEST_F(DaemonTest, OnlyWorkersRunInTheBackground) {
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(2));
  for (const Process& worker : daemon.workers()) {
    EXPECT_EQ(::sched_getscheduler(worker.pid), SCHED_BATCH);
  }
  EXPECT_EQ(::sched_getscheduler(daemon.mold()), SCHED_OTHER);
  EXPECT_EQ(::sched_getscheduler(daemon.pid()), SCHED_OTHER);
}

TEST_F(DaemonTest, WorkersKeepThePolicyThatTheOperatorChose) {
  Daemon::Options options;
  options.prepare = [] {
    const sched_param normal{};
    ::sched_setscheduler(0, SCHED_IDLE, &normal);
  };
  Daemon& daemon = start(std::move(options));
  ASSERT_TRUE(daemon.workers_ready(2));
  for (const Process& worker : daemon.workers()) {
    EXPECT_EQ(::sched_getscheduler(worker.pid), SCHED_IDLE);
  }
}

}  // namespace
}  // namespace narwhal::test
