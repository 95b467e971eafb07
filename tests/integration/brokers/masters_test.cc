// Several daemons on one queue: they share it, and the jobs of one that is gone are taken up by
// another.
#include <fmt/format.h>

#include <algorithm>

#include "integration/brokers/broker_test.h"

namespace narwhal::test {
namespace {

constexpr int kWorkers = 2;

class MastersTest : public BrokerTest {
 protected:
  MastersTest() {
    config.set("workers", kWorkers);
    host->share_queue();
  }

  // Enqueues jobs until both have done so many: a broker may take its time to let in a second one.
  // Returns how many there were.
  int work_for_both(Daemon& one, Daemon& other, int jobs, int milliseconds, int each) {
    queue.add_many(jobs, "Marker", marker(milliseconds));
    const auto few = [&](Daemon& daemon) { return daemon.log_count("job done") < each; };
    const int before = marks().total("end");
    EXPECT_TRUE(eventually([&] {
      if (!few(one) && !few(other)) return true;
      if (marks().total("end") - before > jobs - 20) {
        queue.add_many(50, "Marker", marker(milliseconds));
        jobs += 50;
      }
      return false;
    })) << one.log()
        << other.log();
    return jobs;
  }
  static void kill_whole(Daemon& daemon) {
    daemon.signal_group(SIGKILL);
    ASSERT_EQ(daemon.exit_code(), -SIGKILL);
  }
};
NARWHAL_ON_BROKER(MastersTest);

TEST_P(MastersTest, TwoShareAQueue) {
  Daemon& one = start_ready();
  Daemon& other = start_other();
  const int jobs = work_for_both(one, other, 500, 3, 50);
  ASSERT_TRUE(all_marked(jobs, "end"));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), jobs);
  for (Daemon* daemon : {&one, &other}) {
    EXPECT_EQ(daemon->log_count("lease lost"), 0);
    EXPECT_EQ(daemon->end(SIGTERM), 0);
  }
  EXPECT_TRUE(queue.dead().empty());
}

TEST_P(MastersTest, JobsOfAKilledMasterAreTakenUpWithinTwoLeases) {
  constexpr auto kLease = 6s;
  config.text("lease.duration", "6s");
  const auto jobs = queue.add_many(kWorkers, "Marker", marker(1000));
  Daemon& killed = start();
  ASSERT_TRUE(all_marked(kWorkers, "start")) << killed.log();
  Daemon& taker = start_other();
  kill_whole(killed);
  ASSERT_TRUE(eventually([&] { return marks().total("start") == 2 * kWorkers; }, 2 * kLease))
      << taker.log();
  ASSERT_TRUE(all_marked(kWorkers, "end"));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("end"), kWorkers);
}

TEST_P(MastersTest, MasterKilledUnderLoadLosesNothing) {
  constexpr int kJobs = 1500;
  config.text("lease.duration", "6s").text("log.level", "warning");
  queue.add_many(kJobs, "Marker", marker(2));
  Daemon& killed = start();
  Daemon::Options options;
  options.config = "narwhal-2.toml";
  Daemon& taker = start(std::move(options));
  ASSERT_TRUE(eventually([&] { return marks().total("end") >= kJobs / 3; }));
  kill_whole(killed);
  ASSERT_TRUE(all_marked(kJobs, "end")) << taker.log();
  ASSERT_TRUE(queue_empties());
  const Marks runs = marks();
  // Cut short: what the killed workers ran. Run again: that, and what they had just run.
  EXPECT_LE(runs.total("start") - runs.total("end"), kWorkers);
  EXPECT_LE(runs.total("end") - kJobs, kWorkers * kMostInHand);
  EXPECT_TRUE(queue.dead().empty());
}

// The lease is so long that waiting for its end would fail the test.
TEST_P(MastersTest, RestartTakesTheJobsUpAtOnce) {
  config.text("lease.duration", "10m");
  host->name_master(config);
  queue.add_many(kWorkers, "Marker", marker(500));
  Daemon& killed = start();
  ASSERT_TRUE(all_marked(kWorkers, "start")) << killed.log();
  kill_whole(killed);
  Daemon& next = start();
  ASSERT_TRUE(all_marked(kWorkers, "end")) << next.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), 2 * kWorkers);
}

TEST_P(MastersTest, StoppedMasterLosesItsLease) {
  host->shorten_lease(config);
  config.set("workers", 1);
  write_config();
  const std::string job = enqueue_marker(marker(2000));
  Daemon& slow = start();
  ASSERT_NO_FATAL_FAILURE(let_another_take(slow, job));
  Daemon& taker = *daemons.back();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().count(job, "end"), 2);
  EXPECT_EQ(taker.log_count("lease lost"), 0);

  // Both go on.
  const int jobs = work_for_both(slow, taker, 100, 20, 2);
  ASSERT_TRUE(all_marked(jobs + 1, "end"));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("end"), jobs + 2);
  EXPECT_TRUE(queue.dead().empty());
}

}  // namespace
}  // namespace narwhal::test
