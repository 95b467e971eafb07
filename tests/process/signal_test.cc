// What each signal does, to the master and to workers. Field case P23.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

TEST_F(FieldCase, P23_SignalsToABusyWorkerCutNoJob) {
  config.set("workers", 1);
  const std::string job = queue.add("Marker", marker(600));
  Daemon& daemon = start();
  ASSERT_TRUE(marked(job, "start"));
  const pid_t worker = marks().pid_of(job);
  for (const int signal : {SIGHUP, SIGUSR1, SIGUSR2, SIGINT, SIGWINCH, SIGTTIN, SIGTTOU, SIGQUIT}) {
    ::kill(worker, signal);
  }
  ASSERT_TRUE(marked(job, "end"));
  EXPECT_EQ(marks().count(job, "start"), 1);
  EXPECT_TRUE(eventually([&] { return !alive(worker); }));
  const std::string next = queue.add("Marker", marker());
  EXPECT_TRUE(marked(next, "end"));
  EXPECT_EQ(daemon.log_count("job crashed"), 0);
}

TEST_F(FieldCase, P23_QuitToAnIdleWorkerReplacesIt) {
  config.set("workers", 1);
  Daemon& daemon = start_ready();
  const pid_t worker = daemon.worker_pids().at(0);
  ::kill(worker, SIGQUIT);
  EXPECT_TRUE(daemon.workers_ready(2));
  EXPECT_FALSE(alive(worker));
}

TEST_F(FieldCase, P23_HangupToTheMasterStopsNothing) {
  const std::string job = queue.add("Marker", marker(300));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "start"));
  daemon.signal_group(SIGHUP);  // a terminal that closes
  ASSERT_TRUE(marked(job, "end"));
  const std::string next = queue.add("Marker", marker());
  EXPECT_TRUE(marked(next, "end"));
  EXPECT_EQ(marks().total("start"), 2);
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

TEST_F(FieldCase, P23_HangupAndUserSignalsToAllProcesses) {
  const std::string job = queue.add("Marker", marker(300));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "start"));
  for (const pid_t worker : daemon.worker_pids()) ::kill(worker, SIGHUP);
  ::kill(daemon.mold(), SIGHUP);
  ::kill(daemon.mold(), SIGUSR2);
  ASSERT_TRUE(marked(job, "end"));
  EXPECT_EQ(marks().count(job, "start"), 1);
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
}

TEST_F(DaemonTest, TtinAndTtouChangeTheNumberOfWorkers) {
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(2));
  daemon.signal(SIGTTIN);
  ASSERT_TRUE(daemon.logs("worker count set workers=3"));
  EXPECT_TRUE(eventually([&] { return daemon.workers().size() == 3; }));
  daemon.signal(SIGTTOU);
  ASSERT_TRUE(daemon.logs("worker count set workers=2"));
  EXPECT_TRUE(eventually([&] { return daemon.workers().size() == 2; }));
  daemon.signal(SIGTTOU);
  ASSERT_TRUE(daemon.logs("worker count set workers=1", 1));
  daemon.signal(SIGTTOU);  // never below one
  EXPECT_TRUE(daemon.logs("worker count set workers=1", 2));
  EXPECT_TRUE(eventually([&] { return daemon.workers().size() == 1; }));
}

TEST_F(DaemonTest, TtouLetsTheJobOfTheLeavingWorkerEnd) {
  const auto jobs = queue.add_many(2, "Marker", marker(500));
  Daemon& daemon = start();
  ASSERT_TRUE(all_marked(2, "start"));
  daemon.signal(SIGTTOU);
  ASSERT_TRUE(all_marked(2, "end"));
  EXPECT_EQ(marks().total("start"), 2);
  EXPECT_TRUE(eventually([&] { return daemon.workers().size() == 1; }));
}

TEST_F(DaemonTest, TstpPausesAndContResumes) {
  const std::string running = queue.add("Marker", marker(300));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(running, "start"));
  daemon.signal(SIGTSTP);
  ASSERT_TRUE(daemon.logs("fetching paused"));
  queue.add_many(5, "Marker", marker());
  ASSERT_TRUE(marked(running, "end"));
  EXPECT_TRUE(stays([&] { return marks().total("start") == 1; }, 500ms));
  EXPECT_EQ(queue.waiting(), 5);
  daemon.signal(SIGCONT);
  EXPECT_TRUE(all_marked(6, "end"));
}

TEST_F(DaemonTest, WinchRetiresTheWorkersAndContBringsThemBack) {
  const std::string running = queue.add("Marker", marker(400));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(running, "start"));
  daemon.signal(SIGWINCH);
  ASSERT_TRUE(marked(running, "end"));
  ASSERT_TRUE(eventually([&] { return daemon.workers().empty(); }));
  EXPECT_TRUE(daemon.running());
  const std::string later = queue.add("Marker", marker());
  EXPECT_TRUE(stays([&] { return marks().count(later, "start") == 0; }, 300ms));
  daemon.signal(SIGCONT);
  EXPECT_TRUE(marked(later, "end"));
  EXPECT_TRUE(eventually([&] { return daemon.workers().size() == 2; }));
}

TEST_F(DaemonTest, UsrOneLogsWhatEveryWorkerDoes) {
  const std::string job = queue.add("Marker", marker(5000));
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(2));
  ASSERT_TRUE(marked(job, "start"));
  daemon.signal(SIGUSR1);
  ASSERT_TRUE(daemon.logs("state=idle"));
  ASSERT_TRUE(daemon.logs("state=busy"));
  const std::string busy = daemon.log_lines("state=busy").front();
  for (const std::string& what : {fmt::format("pid={}", marks().pid_of(job)), "job=" + job,
                                  std::string("queue=default"), std::string("attempt=1")}) {
    EXPECT_NE(busy.find(what), std::string::npos) << busy;
  }
  EXPECT_EQ(daemon.log_lines("state=serving").size(), 1U);
}

TEST_F(DaemonTest, SignalsWithoutAMeaningAreIgnored) {
  const std::string job = queue.add("Marker", marker(300));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "start"));
  for (const int signal : {SIGPIPE, SIGUSR2, SIGXFSZ, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR,
                           SIGSTKFLT, SIGRTMIN, SIGRTMIN + 5, SIGRTMAX}) {
    daemon.signal(signal);
  }
  ASSERT_TRUE(marked(job, "end"));
  EXPECT_EQ(marks().count(job, "start"), 1);
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

TEST_F(DaemonTest, OutOfCpuTimeIsAQuickStop) {
  const std::string job = queue.add("Marker", marker(60'000));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "start"));
  daemon.signal(SIGXCPU);
  EXPECT_EQ(daemon.exit_code(), 0);
  EXPECT_EQ(queue.waiting(), 1);
}

TEST_F(DaemonTest, AStormOfSignalsLosesNothing) {
  constexpr int kJobs = 300;
  config.set("workers", 4).text("log.level", "info");
  Daemon& daemon = start_ready();
  queue.add_many(kJobs, "Marker", marker(3));
  std::mt19937 random(std::random_device{}());
  const std::vector<int> signals = {SIGHUP,  SIGTTIN, SIGTTOU,  SIGTSTP, SIGCONT,
                                    SIGUSR1, SIGCHLD, SIGWINCH, SIGPIPE};
  for (int i = 0; i < 300; ++i) {
    daemon.signal(
        signals[std::uniform_int_distribution<std::size_t>(0, signals.size() - 1)(random)]);
    stays([&] { return daemon.running(); }, 5ms);
  }
  daemon.signal(SIGCONT);
  ASSERT_TRUE(all_marked(kJobs, "end")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), kJobs);
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

TEST_F(DaemonTest, UsrOneBeforeThereWasAWorker) {
  config.text("app.load", STUBBORN_APP).set("app.env", "{ NARWHAL_TEST_LOAD_MS = \"60000\" }");
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.logs("master started"));
  daemon.signal(SIGUSR1);
  ASSERT_TRUE(daemon.logs("worker=1")) << daemon.log();
  for (const std::string& line : daemon.log_lines(" worker=")) {
    EXPECT_TRUE(line.ends_with("state=\"not started yet\"")) << line;
  }
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

TEST_F(DaemonTest, EveryProcessSaysWhatItIs) {
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(2));
  EXPECT_EQ(find_process(daemon.pid())->title, "narwhal: master");
  EXPECT_NE(daemon.mold(), 0);
  std::vector<std::string> titles;
  for (const Process& worker : daemon.workers()) titles.push_back(worker.title);
  std::sort(titles.begin(), titles.end());
  EXPECT_EQ(titles, (std::vector<std::string>{"narwhal: worker 0", "narwhal: worker 1"}));
}

}  // namespace
}  // namespace narwhal::test
