// The processes of the ruby runtime: what works in a worker as in any Ruby program, what signals
// do, what is born and what ends.
#include <fmt/format.h>

#include <set>

#include "tests/runtimes/ruby/ruby_test.h"

namespace narwhal::test {
namespace {

using RubyProcess = RubyTest;

TEST_F(RubyProcess, ProgramsTimeoutsAndChildrenWorkAsAnywhere) {
  add("Programs", to_file("said"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  const std::vector<std::string> said = read_lines(file("said"));
  ASSERT_EQ(said.size(), 10U) << daemon.log();
  EXPECT_EQ(said[0] + " " + said[1], "false 3");
  EXPECT_EQ(said[2], "from a program");
  EXPECT_EQ(said[3], "true");
  EXPECT_EQ(said[4], "timed out");
  EXPECT_EQ(said[5] + " " + said[6], "5 6");
  EXPECT_EQ(said[7], "0,1,2,3") << "descriptors leak into programs";  // 3: ls reads the folder
  EXPECT_EQ(said[8], "false") << "rand() continues the mold's";
  EXPECT_TRUE(daemon.logs("job done", 1));
  EXPECT_EQ(daemon.log_count("worker ready"), 2);
}

TEST_F(RubyProcess, AChildThatComesBackFromPerformEnds) {
  const std::string job = add("ReturnsInChild", to_marks());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "status0")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().count(job, "child"), 1);
  EXPECT_TRUE(daemon.logs("job done", 1));
}

TEST_F(RubyProcess, P79_TextIsUtf8WithoutALocale) {
  config.set("app.env", R"({ LANG = "", LC_ALL = "", LC_CTYPE = "" })");
  source(R"(# Größe
ActiveJob::Base.logger = nil
class Umlaut < ActiveJob::Base
  def perform(file, text)
    File.write(file, [text == "Größe", Encoding.default_external, Encoding.find("locale"), "é".encoding].join(" "))
    puts "gedruckt: Größe"
  end
end
)");
  add("Umlaut", "[" + in_quotes(file("said")) + ",\"Gr\\u00f6ße\"]");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_EQ(read_file(file("said")), "true UTF-8 UTF-8 UTF-8");
  EXPECT_TRUE(daemon.logs("gedruckt: Größe", 1));
}

TEST_F(RubyProcess, HooksRunOnBothSidesOfTheFork) {
  app("hooks.rb");
  config.set("app.env", "{ HOOKS_LOG = " + in_quotes(file("hooks")) + " }");
  add("Probe");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  const pid_t mold = daemon.mold();
  const std::vector<pid_t> workers = daemon.worker_pids();
  ASSERT_EQ(workers.size(), 2U);
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
  const std::string hooks = read_file(file("hooks"));
  EXPECT_EQ(count_of(hooks, fmt::format("on_load pid={}\n", mold)), 1) << hooks;
  EXPECT_EQ(count_of(hooks, "on_load"), 1);
  EXPECT_EQ(count_of(hooks, fmt::format("before_fork worker=0 pid={}\n", mold)), 1);
  EXPECT_EQ(count_of(hooks, fmt::format("before_fork worker=1 pid={}\n", mold)), 1);
  EXPECT_EQ(count_of(hooks, "after_fork"), 2);
  // An exit handler runs in each worker that leaves in good order, and in nobody else.
  for (const pid_t pid : workers) {
    EXPECT_EQ(count_of(hooks, fmt::format("at_exit pid={}\n", pid)), 1) << hooks;
  }
  EXPECT_EQ(count_of(hooks, "at_exit"), 2);
  EXPECT_EQ(count_of(hooks, "probe ticker=false job_in_mold=nil"), 1);
  EXPECT_EQ(count_of(hooks, "trapped"), 0);
}

TEST_F(RubyProcess, SignalsStayTheDaemonsWhateverTheAppTraps) {
  config.set("workers", 1);
  const std::string job = add("Traps", to_marks());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job done"));
  EXPECT_EQ(marks().count(job, "set"), 1);
  const pid_t first = daemon.worker_pids().front();
  for (const int harmless : {SIGINT, SIGHUP, SIGUSR1}) ::kill(first, harmless);
  ::kill(first, SIGTERM);
  ASSERT_TRUE(daemon.workers_ready(2)) << daemon.log();
  EXPECT_TRUE(daemon.logs("killed by SIGTERM", 1)) << daemon.log();
  ASSERT_TRUE(marked(add("Traps", to_marks()), "set"));
  ::kill(daemon.worker_pids().front(), SIGQUIT);
  ASSERT_TRUE(daemon.workers_ready(3)) << daemon.log();
  EXPECT_EQ(marks().total("trapped"), 0);
  EXPECT_TRUE(daemon.logs("exited with status 0", 1)) << daemon.log();
}

TEST_F(RubyProcess, BackgroundThreadsGoOnWhileTheWorkerIsIdle) {
  add("StartsThread", to_file("count"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job done"));
  EXPECT_TRUE(eventually([&] { return read_file(file("count")) == "49"; }));
}

TEST_F(RubyProcess, AnIdleWorkerSleeps) {
  add("Marker", to_marks());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_marked(1, "end"));
  const std::vector<pid_t> workers = daemon.worker_pids();
  ASSERT_EQ(workers.size(), 2U);
  // Settled once a second has brought nothing new.
  ASSERT_TRUE(eventually([&] {
    const long before = wakeups_of(workers);
    return stays([&] { return wakeups_of(workers) == before; }, 1s);
  }));
  const long before = wakeups_of(workers);
  stays([] { return true; }, 3s);
  EXPECT_EQ(wakeups_of(workers), before);
}

TEST_F(RubyProcess, QuitIsNotMissedByAWorkerThatBeginsToWait) {
  config.set("workers", 1);
  Daemon& daemon = start_ready();
  for (int round = 0; round < 20; ++round) {
    const pid_t worker = daemon.worker_pids().front();
    const std::string job = add("Marker", to_marks());
    ASSERT_TRUE(marked(job, "end")) << daemon.log();
    ::kill(worker, SIGQUIT);
    ASSERT_TRUE(daemon.workers_ready(round + 2)) << daemon.log();
  }
}

TEST_F(RubyProcess, QuitToAProcessThatAJobForkedIsItsOwn) {
  const std::string job = add("QuitsItsChild", to_marks());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "signal3")) << daemon.log();
  ASSERT_TRUE(daemon.logs("job done", 1));
  EXPECT_TRUE(marked(add("Marker", to_marks()), "end"));
  EXPECT_EQ(daemon.log_count("worker ready"), 2) << daemon.log();
}

TEST_F(RubyProcess, WhatAThreadRaisesIntoAnIdleWorkerIsDropped) {
  config.set("workers", 1);
  add("RaisesInIdle");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job done"));
  EXPECT_TRUE(stays([&] { return daemon.worker_pids().size() == 1; }, 300ms));
  EXPECT_TRUE(marked(add("Marker", to_marks()), "end"));
  EXPECT_EQ(daemon.log_count("worker ready"), 1) << daemon.log();
}

TEST_F(RubyProcess, KilledInTheMiddleOfRubyCodeTheJobRunsAgain) {
  const std::string job = add("Marker", marker(300));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "start"));
  ::kill(marks().pid_of(job), SIGKILL);
  ASSERT_TRUE(marked(job, "end")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().count(job, "start"), 2);
  EXPECT_TRUE(daemon.logs("job crashed", 1));
}

TEST_F(RubyProcess, P73_WorkersAreRecycledAndTheirExitHandlersRunOnce) {
  constexpr int kJobs = 200;
  config.set("workers", 4).set("limits.max_jobs", 1);
  for (int i = 0; i < kJobs; ++i) add("AtExit", to_marks());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_marked(kJobs, "at_exit")) << daemon.log();
  EXPECT_EQ(marks().total("at_exit"), kJobs);
  std::set<pid_t> pids;
  for (const Mark& mark : marks().all()) pids.insert(mark.pid);
  EXPECT_EQ(pids.size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(daemon.log_count("worker died"), 0);
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
}

TEST_F(RubyProcess, GarbageCollectionAtEveryTurnChangesNothing) {
  config.set("retry.max_attempts", 1);
  const std::string text = std::string(2000, 'x');
  const std::string job = add("Stressed", to_marks(in_quotes(text)));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(dies(job)) << daemon.log();
  EXPECT_NE(dead_letter(job).reason.find("IndexError: " + std::string(1999, 'x') + "y"),
            std::string::npos);
  EXPECT_TRUE(all_marked(1, "end"));
}

TEST_F(RubyProcess, MemoryStaysFlatOverAHundredThousandJobs) {
  constexpr int kJobs = 100'000;
  constexpr std::chrono::minutes kLong{4};
  config.set("workers", 1).text("log.level", "warning");
  const auto resident = [](Daemon& daemon) {
    return std::stol(status_of(daemon.worker_pids().front(), "VmRSS"));
  };
  queue.add_many(kJobs, "Allocates", "[10]");
  Daemon& daemon = start();
  ASSERT_TRUE(eventually([&] { return queue.live() <= kJobs * 9 / 10; }, kLong)) << daemon.log();
  const pid_t worker = daemon.worker_pids().front();
  const long before = resident(daemon);
  ASSERT_TRUE(eventually([&] { return queue.live() == 0; }, kLong)) << daemon.log();
  EXPECT_EQ(daemon.worker_pids(), std::vector<pid_t>{worker});
  EXPECT_LT(resident(daemon), before + before / 10);
}

TEST_F(RubyProcess, AnAppMayHoldSocketsThreadsAndALibraryWithThreadsOfItsOwn) {
  app("threads.rb");
  for (int i = 0; i < 4; ++i) add("UsesAll", to_marks());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_marked(4, "end")) << daemon.log();
  EXPECT_TRUE(daemon.logs("job done", 4));
  const pid_t first = daemon.worker_pids().front();
  ::kill(first, SIGKILL);
  ASSERT_TRUE(daemon.workers_ready(3)) << daemon.log();
  EXPECT_TRUE(marked(add("UsesAll", to_marks()), "end"));
  EXPECT_EQ(daemon.end(SIGQUIT), 0) << daemon.log();
}

}  // namespace
}  // namespace narwhal::test
