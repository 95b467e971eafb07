// Field cases P84 to P90: under a service manager, with logs that break and brokers that go away.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "integration/notify_socket.h"
#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

TEST_F(FieldCase, P84_TermReachesEveryProcessAtOnce) {
  queue.add_many(4, "Marker", marker(1000));
  Daemon& daemon = start();
  ASSERT_TRUE(all_marked(2, "start"));
  daemon.signal_group(SIGTERM);
  EXPECT_EQ(daemon.exit_code(), 0) << daemon.log();
  EXPECT_EQ(queue.live(), 4);
  EXPECT_EQ(queue.number("SELECT sum(attempts + crashes) FROM jobs"), 0);
  start();
  EXPECT_TRUE(all_marked(4, "end"));
  EXPECT_TRUE(queue_empties());
}

TEST_F(FieldCase, P84_QuitReachesEveryProcessAtOnce) {
  queue.add_many(2, "Marker", marker(500));
  Daemon& daemon = start();
  ASSERT_TRUE(all_marked(2, "start"));
  daemon.signal_group(SIGQUIT);
  EXPECT_EQ(daemon.exit_code(), 0) << daemon.log();
  EXPECT_EQ(marks().total("end"), 2);
  EXPECT_TRUE(queue.empty());
}

class StopTest : public DaemonTest {
 protected:
  // A daemon in the middle of a job of ten minutes.
  Daemon& start_busy() {
    job_ = queue.add("Marker", marker(600'000));
    Daemon& daemon = start();
    EXPECT_TRUE(marked(job_, "start"));
    return daemon;
  }
  void expect_job_given_back() {
    EXPECT_EQ(queue.waiting(), 1);
    EXPECT_EQ(queue.number("SELECT attempts + crashes + postponed FROM jobs"), 0);
    EXPECT_TRUE(processes_in(directory.path()).empty());
  }

  std::string job_;
};

TEST_F(StopTest, P85_DrainEndsAtItsTimeout) {
  config.text("stop.drain_timeout", "300ms").text("stop.stop_timeout", "5s");
  Daemon& daemon = start_busy();
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
  EXPECT_EQ(daemon.log_count("drain_timeout passed"), 1);
  expect_job_given_back();
}

TEST_F(StopTest, P85_SecondQuitHastensTheDrain) {
  config.text("stop.drain_timeout", "10m");
  Daemon& daemon = start_busy();
  daemon.signal(SIGQUIT);
  ASSERT_TRUE(daemon.logs("draining"));
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
  expect_job_given_back();
}

TEST_F(StopTest, P85_TermHastensTheDrain) {
  config.text("stop.drain_timeout", "10m");
  Daemon& daemon = start_busy();
  daemon.signal(SIGQUIT);
  ASSERT_TRUE(daemon.logs("draining"));
  EXPECT_EQ(daemon.end(SIGTERM), 0);
  expect_job_given_back();
}

TEST_F(StopTest, P85_IntIsAQuickStopToo) {
  Daemon& daemon = start_busy();
  EXPECT_EQ(daemon.end(SIGINT), 0);
  expect_job_given_back();
}

class NotifyTest : public DaemonTest {
 protected:
  Daemon::Options notifying(std::map<std::string, std::string> env = {}) {
    Daemon::Options options;
    options.env = std::move(env);
    options.env["NOTIFY_SOCKET"] = manager_.path();
    return options;
  }

  NotifySocket manager_{directory.file("notify")};
};

TEST_F(NotifyTest, P86_ReadyOnceAWorkerIsReady) {
  config.text("app.load", STUBBORN_APP).set("app.env", "{ NARWHAL_TEST_LOAD_MS = \"500\" }");
  Daemon& daemon = start(notifying());
  ASSERT_TRUE(manager_.says("READY=1"));
  EXPECT_TRUE(daemon.logs("worker ready", 1, 1s));
  ASSERT_TRUE(manager_.says("STATUS=0 of"));
  daemon.signal(SIGTERM);
  ASSERT_TRUE(manager_.says("STOPPING=1"));
  EXPECT_EQ(daemon.exit_code(), 0);
  EXPECT_EQ(manager_.count("READY=1"), 1);
  EXPECT_EQ(manager_.count("WATCHDOG=1"), 0);
}

TEST_F(NotifyTest, P86_FailingAppIsNeverReady) {
  config.text("app.load", BAD_LOAD);
  Daemon& daemon = start(notifying());
  EXPECT_EQ(daemon.exit_code(), 75);
  EXPECT_EQ(manager_.count("READY=1"), 0);
}

TEST_F(NotifyTest, P86_WatchdogFollowsTheLoop) {
  Daemon& daemon = start(notifying({{"WATCHDOG_USEC", "200000"}}));
  ASSERT_TRUE(manager_.says("WATCHDOG=1", 3));
  daemon.signal(SIGSTOP);
  ASSERT_TRUE(eventually([&] { return find_process(daemon.pid())->state == 'T'; }));
  const int before = manager_.count("WATCHDOG=1");
  EXPECT_TRUE(stays([&] { return manager_.count("WATCHDOG=1") == before; }, 500ms));
  daemon.signal(SIGCONT);
  EXPECT_TRUE(manager_.says("WATCHDOG=1", before + 2));
}

TEST_F(NotifyTest, P86_WatchdogOfAnotherProcessIsNotOurs) {
  start(notifying({{"WATCHDOG_USEC", "100000"}, {"WATCHDOG_PID", "1"}}));
  ASSERT_TRUE(manager_.says("READY=1"));
  EXPECT_TRUE(stays([&] { return manager_.count("WATCHDOG=1") == 0; }, 300ms));
}

TEST_F(FieldCase, P87_JobKilledForItsMemoryTheOthersFinish) {
  config.set("retry.crash_limit", 1);
  const std::string killed = queue.add("KillSelf", "[9]");  // as the kernel does without memory
  queue.add_many(10, "Marker", marker(20));
  Daemon& daemon = start();
  ASSERT_TRUE(dies(killed)) << daemon.log();
  EXPECT_TRUE(all_marked(10, "end"));
  EXPECT_NE(dead_letter(killed).history.find("SIGKILL"), std::string::npos);
  EXPECT_NE(dead_letter(killed).history.find("max_rss_kib"), std::string::npos);
  EXPECT_TRUE(daemon.running());
}

#ifndef __SANITIZE_ADDRESS__  // which reserves more addresses than any limit leaves
TEST_F(FieldCase, P87_JobThatGetsNoMemoryFailsAlone) {
  config.set("retry.max_attempts", 1);
  const std::string greedy = queue.add("Alloc", "[3000,false]");
  queue.add_many(10, "Marker", marker(20));
  Daemon::Options options;
  options.prepare = [] {
    const rlimit memory{std::size_t{1} << 30, std::size_t{1} << 30};
    ::setrlimit(RLIMIT_AS, &memory);
  };
  Daemon& daemon = start(std::move(options));
  ASSERT_TRUE(dies(greedy)) << daemon.log();
  EXPECT_TRUE(all_marked(10, "end"));
  EXPECT_NE(dead_letter(greedy).reason.find("bad_alloc"), std::string::npos);
  EXPECT_TRUE(daemon.running());
}
#endif

class LogTest : public DaemonTest {
 protected:
  void expect_work_goes_on(Daemon& daemon) {
    for (const char* how : {"printf", "cout", "cerr", "noise"}) {
      queue.add("Print", fmt::format(R"(["{}","hello",100])", how));
    }
    queue.add_many(20, "Marker", marker());
    ASSERT_TRUE(all_marked(20, "end"));
    ASSERT_TRUE(queue_empties());
    const long ticks = cpu_ticks_of(daemon.pid());
    EXPECT_TRUE(stays([&] { return daemon.running(); }, 500ms));
    EXPECT_LE(cpu_ticks_of(daemon.pid()) - ticks, 5);
    EXPECT_EQ(daemon.end(SIGTERM), 0);
  }
};

TEST_F(LogTest, P88_ReaderOfTheLogGoesAway) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  Daemon::Options options;
  options.prepare = [ends] {
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
  };
  Daemon& daemon = start(std::move(options));
  ::close(ends[1]);
  const std::string first = queue.add("Marker", marker());
  EXPECT_TRUE(marked(first, "end"));
  ::close(ends[0]);
  expect_work_goes_on(daemon);
}

TEST_F(LogTest, JsonHasAFieldForEachValueThatABrokerNames) {
  config.text("log.format", "json").text("log.level", "info");
  const std::string job = queue.add("Marker", marker(60'000));
  Daemon& first = start();
  ASSERT_TRUE(marked(job, "start"));
  const std::string pid = fmt::format(R"("pid":{},)", first.pid());
  first.end(SIGKILL);
  Daemon& second = start();
  ASSERT_TRUE(second.logs(R"("msg":"a master is gone","name":")")) << second.log();
  EXPECT_NE(second.log_lines("a master is gone").front().find(pid), std::string::npos);
  EXPECT_TRUE(second.logs(R"("msg":"took back jobs of masters that are gone","jobs":1,"broker":)"));
}

TEST_F(LogTest, P88_LogIsFull) {
  Daemon::Options options;
  options.errors = "/dev/full";
  expect_work_goes_on(start(std::move(options)));
}

TEST_F(LogTest, P88_NobodyReadsTheLog) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  Daemon::Options options;
  options.prepare = [ends] { ::dup2(ends[1], STDERR_FILENO); };
  Daemon& daemon = start(std::move(options));
  // More lines than the pipe holds.
  queue.add_many(1000, "Marker", marker());
  EXPECT_TRUE(all_marked(1000, "end"));
  EXPECT_EQ(daemon.end(SIGTERM), 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(FieldCase, P89_BrokerAwayForAWhile) {
  config.text("lease.duration", "300ms").text("log.level", "info");
  Daemon& daemon = start_ready();
  const std::string before = queue.add("Marker", marker());
  ASSERT_TRUE(marked(before, "end"));
  std::filesystem::rename(file("jobs.db"), file("away"));
  ASSERT_TRUE(daemon.logs("broker unreachable", 3)) << daemon.log();
  std::filesystem::rename(file("away"), file("jobs.db"));
  ASSERT_TRUE(daemon.logs("broker serving again")) << daemon.log();
  EXPECT_EQ(daemon.log_count("broker lost"), 1);
  EXPECT_LE(daemon.log_count("broker unreachable"), 7);
  EXPECT_EQ(daemon.log_count("broker serving again"), 1);
  EXPECT_NE(daemon.log_lines("broker serving again").front().find("outage_s="), std::string::npos);
  const std::string after = queue.add("Marker", marker());
  EXPECT_TRUE(marked(after, "end"));
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

TEST_F(LogTest, ABrokerThatNeverWasThereIsNotLost) {
  config.text("log.level", "info");
  config.text("broker.url", "sqlite:" + file("nowhere/jobs.db"));
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.logs("broker unreachable", 2)) << daemon.log();
  EXPECT_EQ(daemon.log_count("broker lost"), 0) << daemon.log();
  EXPECT_NE(daemon.log_lines("broker unreachable")[1].find("try=2"), std::string::npos);
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

TEST_F(FieldCase, P67_DatabaseLockedForAWhile) {
  Daemon& daemon = start_ready();
  queue.add_many(500, "Marker", marker(2));
  Command lock;
  lock.argv = {"sqlite3",         "-cmd",           ".timeout 10000", file("jobs.db"),
               "BEGIN IMMEDIATE", ".shell sleep 1", "COMMIT"};
  lock.directory = directory.path();
  ChildProcess holder(lock);
  EXPECT_EQ(holder.exit_code(), 0);
  EXPECT_TRUE(all_marked(500, "end"));
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), 500);
  EXPECT_EQ(daemon.log_count("broker lost"), 0);
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

// Nothing can be given back then: to whoever takes the jobs up it is as if the master had died.
TEST_F(FieldCase, P67_StoppedWhileTheDatabaseIsLocked) {
  config.text("stop.stop_timeout", "300ms");
  const std::string job = queue.add("Marker", marker(60'000));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "start"));
  Command lock;
  lock.argv = {"sqlite3",         "-cmd",
               ".timeout 10000",  file("jobs.db"),
               "BEGIN IMMEDIATE", ".shell touch locked; until [ -e unlock ]; do sleep 0.02; done",
               "COMMIT"};
  lock.directory = directory.path();
  ChildProcess holder(lock);
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(file("locked")); }));
  EXPECT_EQ(daemon.end(SIGTERM), 0);
  EXPECT_TRUE(daemon.logs("taken up as orphans, each with a crash more")) << daemon.log();
  write_file(file("unlock"), "");
  EXPECT_EQ(holder.exit_code(), 0);
  start_ready();
  ASSERT_TRUE(marked(job, "start", 2));
  EXPECT_EQ(queue.number("SELECT crashes FROM jobs"), 1);
}

TEST_F(FieldCase, P90_SecretsStaySecret) {
  const std::string secret = "s3cr@t:/#%40";
  config.set("app.env", "{ API_TOKEN = " + toml_string(secret) + " }").set("retry.max_attempts", 1);
  const std::string failing = queue.add("Fail", R"(["no"])");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(dies(failing));
  daemon.signal(SIGUSR1);
  ASSERT_TRUE(daemon.logs("state=idle"));
  std::string shown = daemon.log() + narwhal({"dead", "show", failing}).output;
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"check"}, {"check", "--json"}, {"check", "--connect"}, {"dead", "list", "--json"}}) {
    const CommandResult result = narwhal(arguments);
    shown += result.output + result.errors;
  }
  for (const Process& process : processes_in(directory.path())) shown += process.title;
  EXPECT_EQ(shown.find(secret), std::string::npos);

  config.text("broker.url", "redis://user:pa%40ss-word@localhost/0");
  write_file(file("narwhal.toml"), config.to_toml());
  const CommandResult check = narwhal({"check"});
  EXPECT_EQ((check.output + check.errors).find("ss-word"), std::string::npos) << check.errors;
}

}  // namespace
}  // namespace narwhal::test
