// Time limits of jobs, payloads of any size, and the job sent ahead to a busy worker.
#include <fmt/format.h>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

using LimitsTest = DaemonTest;

TEST_F(LimitsTest, HardTimeoutKillsAndCountsAsFailed) {
  config.text("limits.job_timeout", "300ms").set("retry.max_attempts", 2);
  const std::string job = queue.add("BlockSignalsAndSpin", "[60000]");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(dies(job)) << daemon.log();
  const DeadLetter letter = dead_letter(job);
  EXPECT_EQ(letter.counters.attempts, 2U);
  EXPECT_EQ(letter.counters.crashes, 0U);
  EXPECT_EQ(count_of(letter.history, "narwhal::JobTimeout"), 2) << letter.history;
  EXPECT_NE(letter.reason.find("over job_timeout"), std::string::npos) << letter.reason;
  EXPECT_EQ(daemon.log_count("job crashed"), 0);
  for (const char* line : {"job timed out", "job dead"}) {
    ASSERT_TRUE(daemon.logs(line, 1)) << daemon.log();
    const std::string said = daemon.log_lines(line).front();
    EXPECT_NE(said.find("class=BlockSignalsAndSpin"), std::string::npos) << said;
  }
  const std::string next = queue.add("Marker", marker());
  EXPECT_TRUE(marked(next, "end"));
}

TEST_F(LimitsTest, SoftTimeoutIsSeenByTheJob) {
  config.text("limits.soft_timeout", "200ms").text("limits.job_timeout", "30s");
  const std::string job =
      queue.add("HoldUntilStopping", fmt::format("[{},25000]", in_quotes(marker_file())));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "stopping")) << daemon.log();
  EXPECT_EQ(daemon.log_count("soft timeout"), 1);
  EXPECT_TRUE(queue_empties());
  // Only the job that was too slow is asked to stop.
  const std::string next = queue.add("Marker", marker());
  EXPECT_TRUE(marked(next, "end"));
}

TEST_F(LimitsTest, AJobMovesItsOwnDeadline) {
  config.text("limits.job_timeout", "400ms");
  const std::string job =
      queue.add("ExtendDeadline", fmt::format("[{},1200,400]", in_quotes(file("extended"))));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_EQ(read_file(file("extended")), job + " done\n");
  EXPECT_TRUE(queue.dead().empty());
}

TEST_F(LimitsTest, DrainTellsTheJobAndAPostponedOneComesBack) {
  const std::string job =
      queue.add("PostponeWhenStopping", fmt::format("[{},20000]", in_quotes(marker_file())));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "start"));
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
  EXPECT_EQ(marks().count(job, "stopping"), 1);
  EXPECT_EQ(daemon.log_count("job postponed"), 1);
  EXPECT_EQ(queue.number("SELECT attempts + crashes FROM jobs"), 0);
  EXPECT_EQ(queue.live(), 1);
}

TEST_F(LimitsTest, LargePayloadDoesNotHoldUpOthers) {
  std::string large =
      class_payload("NoOp", "[\"" + std::string(std::size_t{60} << 20, 'x') + "\"]");
  Daemon& daemon = start_ready();
  queue.add_payload(std::move(large));
  queue.add_many(100, "Marker", marker());
  ASSERT_TRUE(all_marked(100, "end"));
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_TRUE(queue.dead().empty());
  EXPECT_EQ(daemon.log_count("job done"), 101);
}

TEST_F(LimitsTest, PayloadOverTheLimitIsRefusedAtEnqueueAndSetAsideInTheQueue) {
  config.text("limits.max_payload", "1KiB");
  Daemon& daemon = start_ready();
  const CommandResult refused = narwhal({"enqueue", "-"}, std::string(2000, 'x'));
  EXPECT_EQ(refused.code, 65);
  EXPECT_NE(refused.errors.find("1024"), std::string::npos) << refused.errors;
  EXPECT_TRUE(queue.empty());
  // A foreign producer knows no limits.
  const std::string job = queue.add("NoOp", "[\"" + std::string(2000, 'x') + "\"]");
  ASSERT_TRUE(dies(job)) << daemon.log();
  EXPECT_EQ(dead_letter(job).counters.attempts, 0U);
}

TEST_F(LimitsTest, JobThatEnqueuesIntoAQueueNobodyCanServeFailsAndSaysWhy) {
  config.set("retry.max_attempts", 1);
  start_ready();
  const std::string job = queue.add("EnqueueMany", R"(["unused", 1, "a*", true])");
  ASSERT_TRUE(dies(job));
  EXPECT_NE(dead_letter(job).reason.find("the queue's name has a wildcard"), std::string::npos)
      << dead_letter(job).reason;
}

TEST_F(LimitsTest, NothingWaitsBehindASlowJob) {
  // Short jobs first, so that one is sent ahead; then one of two workers gets a slow job.
  Daemon& daemon = start_ready();
  queue.add_many(200, "NoOp", "[null]");
  ASSERT_TRUE(queue_empties());
  std::vector<NewJob> jobs;
  queue.add("Marker", marker(3000));
  const auto quick = queue.add_many(50, "Marker", marker());
  ASSERT_TRUE(eventually([&] { return marks().total("end") >= 50; }));
  EXPECT_EQ(marks().jobs("end"), 50) << daemon.log();  // the slow one still runs
  EXPECT_TRUE(eventually([&] { return queue.live() == 1; }));
}

TEST_F(LimitsTest, SlowJobsAreNotClaimedOverAndOver) {
  config.set("workers", 1);
  const std::string slow = queue.add("Marker", marker(1500));
  Daemon& daemon = start();
  ASSERT_TRUE(marked(slow, "start"));
  queue.add_many(3, "Marker", marker());
  ASSERT_TRUE(marked(slow, "end"));
  EXPECT_LE(daemon.log_count("job released"), 2) << daemon.log();
  EXPECT_TRUE(queue_empties());
}

TEST_F(LimitsTest, JobSentAheadToAWorkerThatIsKilledIsNoCrash) {
  config.set("workers", 1).set("retry.crash_limit", 100);
  Daemon& daemon = start_ready();
  for (int round = 0; round < 10 && !HasFailure(); ++round) {
    queue.add_many(300, "NoOp", "[null]");
    EXPECT_TRUE(eventually([&] { return queue.live() < 200; }));
    for (const pid_t worker : daemon.worker_pids()) ::kill(worker, SIGKILL);
    EXPECT_TRUE(queue_empties());
  }
  EXPECT_LE(daemon.log_count("job crashed"), 10);
  EXPECT_TRUE(queue.dead().empty());
}

}  // namespace
}  // namespace narwhal::test
