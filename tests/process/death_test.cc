// Field cases P12 to P15 and P19: workers, mold and master that die or hang.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

int zombies_below(pid_t pid) {
  const auto children = children_of(pid);
  return static_cast<int>(std::count_if(children.begin(), children.end(),
                                        [](const Process& child) { return child.zombie(); }));
}

// Kills the child that `parent` has next. False: none came.
bool kill_next_child(pid_t parent) {
  return eventually([parent] {
    const auto children = children_of(parent);
    return !children.empty() && ::kill(children.front().pid, SIGKILL) == 0;
  });
}

TEST_F(FieldCase, P12_ManyChildrenDieAtOnce) {
  constexpr int kWorkers = 16;
  constexpr int kRounds = 20;
  config.set("workers", kWorkers);
  Daemon& daemon = start();
  for (int round = 1; round <= kRounds; ++round) {
    ASSERT_TRUE(daemon.workers_ready(kWorkers * round)) << daemon.log();
    for (const pid_t worker : daemon.worker_pids()) ::kill(worker, SIGKILL);
  }
  ASSERT_TRUE(daemon.workers_ready(kWorkers * (kRounds + 1)));
  EXPECT_TRUE(eventually([&] { return zombies_below(daemon.pid()) == 0; }));
  EXPECT_EQ(daemon.workers().size(), static_cast<std::size_t>(kWorkers));
  EXPECT_EQ(daemon.log_count("worker died"), kWorkers * kRounds);
}

TEST_F(FieldCase, P13_MasterKilledWhileIdle) {
  config.set("workers", 4);
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(4));
  daemon.signal(SIGKILL);
  EXPECT_EQ(daemon.exit_code(), -SIGKILL);
  EXPECT_TRUE(eventually([&] { return processes_in(directory.path()).empty(); }, 2s));
}

TEST_F(FieldCase, P13_MasterKilledWhileBusy) {
  const auto jobs = queue.add_many(2, "Marker", marker(400));
  Daemon& daemon = start();
  ASSERT_TRUE(all_marked(2, "start"));
  const auto old = daemon.worker_pids();
  daemon.signal(SIGKILL);
  ASSERT_EQ(daemon.exit_code(), -SIGKILL);
  start();
  EXPECT_TRUE(eventually([&] { return std::none_of(old.begin(), old.end(), alive); }, 2s));
  ASSERT_TRUE(all_marked(2, "end"));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), 4);
  EXPECT_EQ(marks().total("end"), 2);  // the killed workers did not finish theirs
}

TEST_F(FieldCase, P14_ReplacementHangsBeforeItIsReady) {
  config.set("workers", 1).text("app.load", BAD_HOOK).text("limits.spawn_timeout", "700ms");
  config.set("app.env", "{ NARWHAL_TEST_HANG = " + in_quotes(file("calls")) + " }");
  Daemon& daemon = start_ready();
  ::kill(daemon.worker_pids().at(0), SIGKILL);
  ASSERT_TRUE(eventually([&] { return read_file(file("calls")).size() == 2; }));
  daemon.signal(SIGUSR1);
  EXPECT_TRUE(daemon.logs("state=starting"));
  EXPECT_TRUE(daemon.logs("worker not ready in time"));
  EXPECT_TRUE(daemon.workers_ready(2)) << daemon.log();
  EXPECT_TRUE(eventually([&] { return daemon.workers().size() == 1; }));
}

TEST_F(FieldCase, P15_JobsThatLeaveTheirCodePath) {
  config.set("retry.crash_limit", 1).set("retry.max_attempts", 1);
  std::vector<std::string> bad;
  for (const char* how : {"exit", "quick_exit", "_exit"}) {
    for (const int status : {0, 1}) {
      bad.push_back(queue.add("Exit", fmt::format(R"(["{}",{}])", how, status)));
    }
  }
  bad.push_back(queue.add("Abort"));
  bad.push_back(queue.add("Terminate"));
  bad.push_back(queue.add("StackOverflow"));
  for (const char* kind : {"int", "text", "string", "custom", "nested", "bad_alloc"}) {
    bad.push_back(queue.add("Throw", fmt::format(R"(["{}"])", kind)));
  }
  Daemon& daemon = start_ready();
  ASSERT_TRUE(eventually([&] { return queue.dead().size() == bad.size(); })) << daemon.log();
  EXPECT_TRUE(queue.empty());
  const std::string after = queue.add("Marker", marker());
  EXPECT_TRUE(marked(after, "end"));
  // Master, mold and two workers.
  EXPECT_TRUE(eventually([&] { return processes_in(directory.path()).size() == 4; }));
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

TEST_F(FieldCase, P15_ForkedChildComesBackFromPerform) {
  const std::string job = queue.add("ForkAndReturn", "[" + in_quotes(marker_file()) + "]");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job done")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(read_lines(marker_file()).size(), 2U);
  EXPECT_EQ(daemon.log_count("job done"), 1);
  EXPECT_TRUE(eventually([&] { return processes_in(directory.path()).size() == 4; }));
}

TEST_F(FieldCase, P19_JobsFlowWhileWorkersAreKilled) {
  constexpr int kJobs = 2000;
  config.set("workers", 4).set("retry.crash_limit", 1000).text("log.level", "info");
  queue.add_many(kJobs, "Marker", marker(4));
  Daemon& daemon = start_ready();
  int kills = 0;
  const bool finished = eventually(
      [&] {
        stays([&] { return !queue.empty(); }, 100ms);
        const auto workers = daemon.worker_pids();
        if (!workers.empty() && kills < 100)
          ::kill(workers[static_cast<std::size_t>(kills++) % workers.size()], SIGKILL);
        return queue.empty();
      },
      60s);
  ASSERT_TRUE(finished) << daemon.log();
  const Marks runs = marks();
  EXPECT_EQ(runs.jobs("end"), kJobs);
  EXPECT_LE(runs.total("start"), kJobs + kills);
  EXPECT_TRUE(daemon.running());
  EXPECT_TRUE(queue.dead().empty());
}

// The process that the mold forks first, and that forks the worker, is killed before it has.
TEST_F(DaemonTest, WorkersKilledAtBirthAreReplaced) {
  config.set("workers", 2).text("app.load", STUBBORN_APP);
  config.set("app.env", R"({ NARWHAL_TEST_FORK_MS = "300" })");
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(2));
  for (int births = 0; births < 3; ++births) {
    const auto workers = daemon.worker_pids();
    ASSERT_EQ(workers.size(), 2U) << daemon.log();
    ::kill(workers.front(), SIGKILL);
    ASSERT_TRUE(kill_next_child(daemon.mold())) << daemon.log();
    ASSERT_TRUE(daemon.logs("process that forks it was killed", births + 1)) << daemon.log();
    ASSERT_TRUE(daemon.workers_ready(3 + births)) << daemon.log();
  }
  queue.add("Touch", "[" + in_quotes(file("touched")) + "]");
  EXPECT_TRUE(eventually([&] { return read_lines(file("touched")).size() == 1; }));
  EXPECT_EQ(daemon.end(SIGQUIT), 0) << daemon.log();
}

TEST_F(DaemonTest, MoldKilledWorkersGoOn) {
  const std::string busy = queue.add("Marker", marker(500));
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(2));
  ASSERT_TRUE(marked(busy, "start"));
  const auto workers = daemon.worker_pids();
  const pid_t mold = daemon.mold();
  ASSERT_NE(mold, 0);
  ::kill(mold, SIGKILL);
  ASSERT_TRUE(daemon.logs("app loaded", 2)) << daemon.log();
  ASSERT_TRUE(marked(busy, "end"));
  EXPECT_EQ(daemon.worker_pids(), workers);
  EXPECT_NE(daemon.mold(), mold);
  // The new mold makes workers.
  ::kill(workers.at(0), SIGKILL);
  EXPECT_TRUE(daemon.workers_ready(3));
  EXPECT_EQ(marks().count(busy, "start"), 1);
}

}  // namespace
}  // namespace narwhal::test
