// Field cases P01 to P10: jobs lost, jobs run twice.
#include <fmt/format.h>

#include <random>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

TEST_F(FieldCase, P01_WorkerKilledMidJob) {
  config.set("workers", 4);
  const std::string victim = queue.add("Marker", marker(500));
  queue.add_many(49, "Marker", marker(5));
  Daemon& daemon = start();
  ASSERT_TRUE(marked(victim, "start"));
  const pid_t worker = marks().pid_of(victim);
  ::kill(worker, SIGKILL);

  ASSERT_TRUE(all_marked(50, "end"));
  ASSERT_TRUE(queue_empties());
  const Marks runs = marks();
  EXPECT_EQ(runs.total("end"), 50);
  EXPECT_EQ(runs.total("start"), 51);
  EXPECT_EQ(runs.count(victim, "start"), 2);
  const auto crashes = daemon.log_lines("job crashed");
  ASSERT_EQ(crashes.size(), 1U);
  EXPECT_NE(crashes[0].find("job=" + victim), std::string::npos);
  EXPECT_NE(crashes[0].find("class=Marker"), std::string::npos) << crashes[0];
  EXPECT_NE(crashes[0].find("killed by SIGKILL"), std::string::npos);

  EXPECT_TRUE(eventually([&] { return daemon.workers().size() == 4; }));
  daemon.signal(SIGUSR1);
  ASSERT_TRUE(daemon.logs("state=idle", 4));
  EXPECT_EQ(daemon.log_count(fmt::format("pid={} state=", worker)), 0);
}

TEST_F(FieldCase, P02_JobThatKillsEveryWorker) {
  config.text("retry.base", "1s").text("retry.max", "1s");
  const std::string poison = queue.add("Segv");
  const auto healthy = queue.add_many(100, "Marker", marker(2));
  Daemon& before = start();
  ASSERT_TRUE(before.logs("job crashed"));
  EXPECT_EQ(before.end(SIGTERM), 0);

  Daemon& after = start();
  ASSERT_TRUE(dies(poison)) << after.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().jobs("end"), 100);
  const DeadLetter letter = dead_letter(poison);
  EXPECT_EQ(letter.counters.crashes, 3U);
  EXPECT_EQ(letter.counters.attempts, 0U);
  EXPECT_TRUE(letter.reason.starts_with("crashed 3 times")) << letter.reason;
  EXPECT_EQ(letter.payload, class_payload("Segv", "[]", poison));
  EXPECT_EQ(count_of(letter.history, "\"signal\":\"SIGSEGV\""), 3) << letter.history;
  EXPECT_TRUE(eventually([&] { return after.workers().size() == 2; }));
}

TEST_F(FieldCase, P03_WholeGroupKilledFiftyTimes) {
  constexpr int kJobs = 1000;
  constexpr int kKills = 50;
  constexpr int kWorkers = 2;
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE(fmt::format("seed {}", seed));
  config.text("log.level", "warning").set("retry.crash_limit", 1000);
  queue.add_many(kJobs, "Marker", marker(5));
  write_file(file("narwhal.toml"), config.to_toml());
  for (int i = 0; i < kKills; ++i) {
    Daemon daemon(directory, {});
    const milliseconds life(std::uniform_int_distribution<int>(0, 300)(random));
    stays([&] { return daemon.running(); }, life);
    daemon.signal_group(SIGKILL);
    ASSERT_EQ(daemon.exit_code(), -SIGKILL) << daemon.log();
  }
  Daemon& last = start();
  ASSERT_TRUE(all_marked(kJobs, "end")) << last.log();
  ASSERT_TRUE(queue_empties());
  // Beyond the first run only what was in hand, or had ended but was not yet acked, at a kill.
  const int repeated = marks().total("start") - kJobs;
  RecordProperty("repeated", repeated);
  EXPECT_LE(repeated, kKills * kWorkers * 2);
  EXPECT_TRUE(queue.dead().empty());
  EXPECT_EQ(queue.text("PRAGMA integrity_check"), "ok");
}

TEST_F(FieldCase, P04_TermGivesTheRunningJobBack) {
  const std::string job = queue.add("Marker", marker(20'000));
  Daemon& daemon = start();
  ASSERT_TRUE(marked(job, "start"));
  EXPECT_EQ(daemon.end(SIGTERM), 0);
  EXPECT_EQ(daemon.log_count("job released"), 1);
  EXPECT_EQ(daemon.log_count("job failed") + daemon.log_count("job crashed"), 0);
  EXPECT_EQ(queue.waiting(), 1);

  Daemon& next = start();
  ASSERT_TRUE(marked(job, "start", 2));
  ASSERT_TRUE(next.logs("job started"));
  const std::string started = next.log_lines("job started").front();
  EXPECT_NE(started.find("attempt=1"), std::string::npos) << started;
  EXPECT_EQ(queue.number("SELECT attempts + crashes + postponed FROM jobs"), 0);
}

TEST_F(FieldCase, P05_HandingBackDoesNotWaitForCleanUp) {
  config.set("workers", 10);
  config.shell("trap 'sleep 60' TERM; echo start >> started; sleep 60 & wait");
  for (int i = 0; i < 10; ++i) queue.add_payload(fmt::format("job {}", i));
  Daemon& daemon = start();
  ASSERT_TRUE(eventually([&] { return read_lines(file("started")).size() == 10; }));
  daemon.signal(SIGTERM);
  ASSERT_TRUE(eventually([&] { return queue.waiting() == 10; }));
  EXPECT_EQ(daemon.exit_code(), 0);
  EXPECT_TRUE(eventually([&] { return processes_in(directory.path()).empty(); }));

  config.shell("cat >> done; echo >> done");
  start();
  EXPECT_TRUE(eventually([&] { return read_lines(file("done")).size() == 10; }));
}

TEST_F(FieldCase, P06_LeaseIsRenewedDuringTheDrain) {
  config.text("lease.duration", "400ms");
  const std::string job = queue.add("Marker", marker(3000));
  Daemon& daemon = start();
  ASSERT_TRUE(marked(job, "start"));
  Daemon& peer = start_other();
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
  EXPECT_EQ(marks().count(job, "end"), 1);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(marks().total("start"), 1);
  EXPECT_TRUE(queue.dead().empty());
  EXPECT_EQ(peer.log_count("job started"), 0);
}

TEST_F(FieldCase, P07_UnreadableEntryDoesNotBlockTheRescue) {
  config.set("workers", 5).text("log.level", "info");
  const auto jobs = queue.add_many(5, "Marker", marker(700));
  Daemon& daemon = start();
  ASSERT_TRUE(all_marked(5, "start"));
  daemon.signal_group(SIGKILL);
  ASSERT_EQ(daemon.exit_code(), -SIGKILL);
  queue.execute(
      "UPDATE jobs SET payload = x'ff0067617262616765', history = '{nonsense' WHERE job = '" +
      jobs[0] + "'");
  Daemon& next = start();
  ASSERT_TRUE(all_marked(4, "end"));
  ASSERT_TRUE(dies(jobs[0]));
  EXPECT_EQ(dead_letter(jobs[0]).payload, std::string("\xff\0garbage", 9));
  EXPECT_TRUE(next.logs("job dead"));
  EXPECT_NE(next.log_lines("job dead").front().find("job=" + jobs[0]), std::string::npos);
  EXPECT_TRUE(queue_empties());
}

TEST_F(FieldCase, P08_StoppedMasterLosesItsLease) {
  config.set("workers", 1).text("lease.duration", "300ms");
  const std::string job = queue.add("Marker", marker(1500));
  Daemon& slow = start();
  ASSERT_NO_FATAL_FAILURE(let_another_take(slow, job));
  Daemon& taker = *daemons.back();
  EXPECT_NE(slow.log_lines("lease lost").front().find("job=" + job + " queue=default"),
            std::string::npos);
  ASSERT_TRUE(slow.logs("the job may run twice"));
  EXPECT_NE(slow.log_lines("the job may run twice").front().find("job=" + job), std::string::npos);
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(marks().count(job, "end"), 2);
  EXPECT_TRUE(taker.logs("job done"));

  // Both go on.
  queue.add_many(20, "Marker", marker(20));
  EXPECT_TRUE(all_marked(21, "end"));
  EXPECT_TRUE(slow.running());
  EXPECT_TRUE(queue_empties());
  EXPECT_TRUE(queue.dead().empty());
}

TEST_F(FieldCase, P09_OrphansAreFoundLaterToo) {
  config.text("lease.duration", "500ms");
  queue.add_many(2, "Marker", marker(1000));
  Daemon& killed = start();
  ASSERT_TRUE(all_marked(2, "start"));
  // The successor is there first, so that it finds nothing to rescue when it starts.
  start_other();
  killed.signal_group(SIGKILL);
  EXPECT_TRUE(all_marked(2, "end"));
  EXPECT_TRUE(queue_empties());
}

TEST_F(FieldCase, P10_JobTakenAwayUnderTheWorker) {
  config.set("workers", 1);
  const std::string job = queue.add("Marker", marker(500));
  Daemon& daemon = start();
  ASSERT_TRUE(marked(job, "start"));
  queue.execute("DELETE FROM jobs");
  const std::string next = queue.add("Marker", marker());
  ASSERT_TRUE(marked(next, "end"));
  ASSERT_TRUE(queue_empties());
  ASSERT_TRUE(daemon.logs("lease lost"));
  EXPECT_EQ(daemon.log_count("lease lost"), 1);
  EXPECT_NE(daemon.log_lines("lease lost").front().find(job), std::string::npos);
  EXPECT_EQ(marks().count(job, "start"), 1);
}

}  // namespace
}  // namespace narwhal::test
