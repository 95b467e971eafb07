// What becomes of jobs: retried, discarded, postponed, dead; enqueued by other jobs; shared by two
// masters.
#include <fmt/format.h>

#include <map>
#include <set>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

using OutcomeTest = DaemonTest;

TEST_F(OutcomeTest, FailsTwiceThenSucceeds) {
  const std::string job = queue.add("FailTimes", fmt::format("[{},2]", in_quotes(marker_file())));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().count(job, "fail"), 2);
  EXPECT_EQ(marks().count(job, "done"), 1);
  EXPECT_EQ(daemon.log_count("job failed"), 2);
  EXPECT_EQ(daemon.log_count("then=retry retry_in_s="), 2);
  EXPECT_EQ(daemon.log_count("attempt=3"), 2);  // started and done
}

TEST_F(OutcomeTest, JobsOwnRetryKeepsItsIdAndSpendsNoAttempt) {
  const std::string job = queue.add("RetryTimes", fmt::format("[{},2]", in_quotes(file("runs"))));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_EQ(read_file(file("runs")),
            fmt::format("{0} execution 1 fail\n{0} execution 2 fail\n{0} execution 3 done\n", job));
  EXPECT_EQ(daemon.log_count("job retried"), 2);
  EXPECT_EQ(daemon.log_count("attempt=2"), 0);
}

TEST_F(OutcomeTest, DiscardedJobIsGone) {
  queue.add("Discarded", fmt::format("[{}]", in_quotes(file("runs"))));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job discarded"));
  ASSERT_TRUE(queue_empties());
  EXPECT_TRUE(queue.dead().empty());
  EXPECT_EQ(daemon.log_count("retry_in_s"), 0);
  EXPECT_EQ(read_lines(file("runs")).size(), 1U);
}

TEST_F(OutcomeTest, UnknownClassIsPostponedNotFailed) {
  config.set("retry.max_attempts", 1);
  const std::string job = queue.add("NoSuchJob");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job postponed", 3)) << daemon.log();
  EXPECT_NE(daemon.log().find("unknown job class"), std::string::npos);
  EXPECT_TRUE(queue.dead().empty());
  EXPECT_EQ(daemon.end(SIGTERM), 0);
  EXPECT_EQ(queue.number("SELECT attempts + crashes FROM jobs"), 0);
  EXPECT_GE(queue.number("SELECT postponed FROM jobs"), 3);
}

TEST_F(FieldCase, P72_StrangeClassNames) {
  for (const char* name : {"Kernel", "", "../../x", "marker", "narwhal::Job"}) queue.add(name);
  Daemon& daemon = start_ready();
  ASSERT_TRUE(eventually([&] {
    return queue.number("SELECT count(*) FROM jobs WHERE postponed > 0 AND state <> 3") == 5;
  })) << daemon.log();
  EXPECT_EQ(daemon.log_count("worker died"), 0);
  const std::string next = queue.add("Marker", marker());
  EXPECT_TRUE(marked(next, "end"));
}

TEST_F(OutcomeTest, WrongArgumentsFailAndNameTheArgument) {
  config.set("retry.max_attempts", 1);
  const std::string count = queue.add("Marker", "[1,2,3,4]");
  const std::string type = queue.add("Sleep", "[\"soon\"]");
  start_ready();
  ASSERT_TRUE(dies(count));
  ASSERT_TRUE(dies(type));
  EXPECT_NE(dead_letter(count).reason.find("Marker#perform takes"), std::string::npos);
  EXPECT_NE(dead_letter(type).reason.find("argument 1"), std::string::npos)
      << dead_letter(type).reason;
}

TEST_F(OutcomeTest, DeadLettersAreListedShownRetriedAndDeleted) {
  config.set("retry.max_attempts", 2);
  const std::string job = queue.add("Fail", R"(["the disk is full"])");
  const std::string other = queue.add("Fail", R"(["no such file"])");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(dies(job));
  ASSERT_TRUE(dies(other));
  const CommandResult list = narwhal({"dead", "list"});
  EXPECT_EQ(list.code, 0) << list.errors;
  EXPECT_NE(list.output.find(job), std::string::npos);
  EXPECT_NE(list.output.find("the disk is full"), std::string::npos) << list.output;
  const CommandResult show = narwhal({"dead", "show", job});
  EXPECT_EQ(count_of(show.output, "std::runtime_error"), 3) << show.output;  // reason, two runs
  EXPECT_EQ(narwhal({"dead", "show", "--payload", job}).output,
            class_payload("Fail", R"(["the disk is full"])", job));

  // The running daemon takes it up again, with fresh counters.
  EXPECT_EQ(narwhal({"dead", "retry", job}).code, 0);
  ASSERT_TRUE(daemon.logs("job dead", 3)) << daemon.log();
  EXPECT_EQ(narwhal({"dead", "delete", job, other}).code, 0);
  EXPECT_EQ(narwhal({"dead", "list"}).output, "no dead jobs\n");
  EXPECT_EQ(narwhal({"dead", "show", job}).code, 65);
}

TEST_F(OutcomeTest, CommandsEnqueueForTheRunningDaemon) {
  Daemon& daemon = start_ready();
  const CommandResult one =
      narwhal({"enqueue", "--class", "Marker", "--args", marker(), "--id", "my-job"});
  EXPECT_EQ(one.code, 0) << one.errors;
  EXPECT_EQ(one.output, "my-job\n");
  EXPECT_TRUE(marked("my-job", "end"));
  const CommandResult bulk = narwhal({"enqueue", "--class", "Marker", "--bulk", "--ids"},
                                     marker() + "\n" + marker() + "\n" + marker() + "\n");
  EXPECT_EQ(bulk.code, 0) << bulk.errors;
  EXPECT_TRUE(all_marked(4, "end"));
  ASSERT_TRUE(queue_empties());
  const CommandResult delayed =
      narwhal({"enqueue", "--class", "Marker", "--args", marker(), "--in", "1s"});
  EXPECT_EQ(delayed.code, 0);
  EXPECT_EQ(queue.live(), 1);
  EXPECT_TRUE(all_marked(5, "end"));
  EXPECT_TRUE(daemon.running());
}

TEST_F(OutcomeTest, JobsEnqueueJobs) {
  for (const char* one_by_one : {"true", "false"}) {
    queue.add("EnqueueMany",
              fmt::format("[{},50,\"default\",{}]", in_quotes(marker_file()), one_by_one));
  }
  queue.add("EnqueueDelayed", fmt::format("[{},300]", in_quotes(marker_file())));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_marked(101, "end")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("end"), 101);
  EXPECT_EQ(daemon.log_count("job failed"), 0);
}

TEST_F(OutcomeTest, JobsEnqueueWhileTheDaemonDrains) {
  config.set("workers", 1);
  const std::string arguments = fmt::format("[{},300,\"later\",true]", in_quotes(marker_file()));
  const std::string job = queue.add("EnqueueMany", arguments);
  Daemon& daemon = start();
  ASSERT_TRUE(eventually([&] { return queue.live() > 1; }));
  EXPECT_EQ(daemon.end(SIGQUIT), 0) << daemon.log();
  EXPECT_EQ(daemon.log_count("job done"), 1) << daemon.log();
  EXPECT_EQ(queue.number("SELECT count(*) FROM jobs WHERE queue = 'later'"), 300);
}

TEST_F(OutcomeTest, OnlyTheJobsOwnThreadAndProcessMayEnqueue) {
  for (const char* from : {"thread", "fork"}) {
    queue.add("EnqueueElsewhere", fmt::format("[{},\"{}\"]", in_quotes(file("said")), from));
  }
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  const auto said = read_lines(file("said"));
  ASSERT_EQ(said.size(), 2U);
  for (const std::string& line : said) EXPECT_FALSE(line.starts_with("enqueued")) << line;
  EXPECT_EQ(daemon.log_count("worker died"), 0);
}

TEST_F(OutcomeTest, HooksRunOnBothSidesOfTheFork) {
  config.set("app.env", "{ NARWHAL_TEST_HOOKS = " + in_quotes(file("hooks")) + " }");
  queue.add("HookProbe", "[" + in_quotes(file("probe")) + "]");
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(2));
  ASSERT_TRUE(queue_empties());
  const pid_t mold = daemon.mold();
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
  const std::string hooks = read_file(file("hooks"));
  EXPECT_EQ(count_of(hooks, fmt::format("prepare_fork pid={}\n", mold)), 1) << hooks;
  EXPECT_EQ(count_of(hooks, fmt::format("before_fork pid={}\n", mold)), 2);
  EXPECT_EQ(count_of(hooks, "after_fork slot=0"), 1);
  EXPECT_EQ(count_of(hooks, "after_fork slot=1"), 1);
  EXPECT_EQ(count_of(hooks, "worker_exit"), 2);
  EXPECT_EQ(count_of(hooks, fmt::format("worker_exit pid={}\n", mold)), 0);
  const std::string probe = read_file(file("probe"));
  EXPECT_NE(probe.find(fmt::format("mold={}", mold)), std::string::npos) << probe;
  EXPECT_NE(probe.find("after_fork=1"), std::string::npos) << probe;
}

TEST_F(OutcomeTest, ContextTellsTheJobAboutItself) {
  config.text("limits.job_timeout", "20s");
  const std::string job = queue.add("Context", "[" + in_quotes(file("context")) + "]");
  start_ready();
  ASSERT_TRUE(queue_empties());
  const std::string context = read_file(file("context"));
  EXPECT_NE(context.find("\"job_id\":\"" + job + "\""), std::string::npos) << context;
  EXPECT_NE(context.find("\"attempt\":1"), std::string::npos) << context;
  EXPECT_EQ(context.find("\"deadline\":null"), std::string::npos) << context;
}

TEST_F(OutcomeTest, TwoMastersShareTheWork) {
  constexpr int kJobs = 300;
  start_ready();
  start_other();
  queue.add_many(kJobs, "Marker", marker(5));
  ASSERT_TRUE(all_marked(kJobs, "end"));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), kJobs);
  std::map<pid_t, int> by_worker;
  for (const Mark& mark : marks().all()) by_worker[mark.pid] += mark.what == "end" ? 1 : 0;
  EXPECT_EQ(by_worker.size(), 4U);
  for (auto& daemon : daemons) EXPECT_GT(daemon->log_count("job done"), kJobs / 20);
}

TEST_F(OutcomeTest, DelayedJobStartsOnTimeAfterARestart) {
  NewJob job;
  job.id = new_job_id();
  job.payload = class_payload("Marker", marker(), job.id);
  job.run_at = SystemClock().wall_now() + 1500ms;
  queue.add(job);
  EXPECT_EQ(start_ready().end(SIGTERM), 0);
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job.id, "end"));
  const auto late = SystemClock().wall_now() - *job.run_at;
  EXPECT_GE(late, 0s);
  EXPECT_LT(late, 2s) << daemon.log();
}

}  // namespace
}  // namespace narwhal::test
