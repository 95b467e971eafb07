// Command jobs. Field cases P81 and P83.
#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

class CommandTest : public DaemonTest {
 protected:
  // Each payload is a shell script.
  CommandTest() { config.command({"sh"}).set("retry.max_attempts", 1).set("retry.crash_limit", 1); }

  // The dead letter of a job that runs this script.
  DeadLetter death_of(const std::string& script) {
    const std::string job = queue.add_payload(script);
    EXPECT_TRUE(dies(job)) << script << "\n" << daemons.back()->log();
    return dead_letter(job);
  }
};

TEST_F(CommandTest, P81_OutputLargerThanAPipe) {
  config.text("log.level", "info");
  queue.add_payload("head -c 10000000 /dev/zero | tr '\\0' o");
  queue.add_payload("head -c 10000000 /dev/zero | tr '\\0' e >&2");
  queue.add_payload(
      "for i in 1 2 3 4 5; do head -c 1000000 /dev/zero | tr '\\0' o;"
      " head -c 1000000 /dev/zero | tr '\\0' e >&2; done");
  start_ready();
  ASSERT_TRUE(queue_empties());
  EXPECT_TRUE(queue.dead().empty());
  EXPECT_EQ(queue.number("SELECT count(*) FROM jobs"), 0);
}

TEST_F(CommandTest, P81_InputThatNobodyReads) {
  config.shell("exit 0");
  queue.add_payload(std::string(5'000'000, 'x'));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job done")) << daemon.log();
  ASSERT_TRUE(queue_empties());
}

TEST_F(CommandTest, P81_CapturedTextIsBounded) {
  start_ready();
  const DeadLetter letter =
      death_of("head -c 10000000 /dev/zero | tr '\\0' e >&2; echo the end >&2; exit 1");
  EXPECT_LT(letter.history.size(), 64'000U);
  EXPECT_NE(letter.history.find("truncated"), std::string::npos);
  EXPECT_NE(letter.reason.find("the end"), std::string::npos) << letter.reason.substr(0, 500);
}

TEST_F(CommandTest, P83_EveryEndHasItsOwnWording) {
  Daemon& daemon = start_ready();
  const DeadLetter status = death_of("echo broken >&2; exit 11");
  EXPECT_NE(status.reason.find("exit status 11: broken"), std::string::npos) << status.reason;
  EXPECT_EQ(status.counters.attempts, 1U);
  const DeadLetter segv = death_of("kill -SEGV $$");
  EXPECT_EQ(segv.counters.crashes, 1U);
  EXPECT_NE(segv.history.find("killed by SIGSEGV"), std::string::npos) << segv.history;
  const DeadLetter data = death_of("echo bad data >&2; exit 65");
  EXPECT_NE(data.reason.find("exit status 65: bad data"), std::string::npos) << data.reason;
  EXPECT_EQ(data.counters.attempts, 0U);

  const std::string outside = queue.add_payload("echo $$ > pid; exec sleep 60");
  ASSERT_TRUE(eventually([&] { return !read_file(file("pid")).empty(); }));
  ::kill(std::stoi(read_file(file("pid"))), SIGKILL);
  ASSERT_TRUE(dies(outside));
  EXPECT_NE(dead_letter(outside).history.find("killed by SIGKILL"), std::string::npos);
  EXPECT_EQ(daemon.log_count("worker died"), 0);  // commands died, not workers
}

TEST_F(CommandTest, P83_CrashIsKeptWithSignalAndPeakMemory) {
  start_ready();
  const std::string job =
      queue.add_payload("head -c 64000000 /dev/zero | tail -c 64000000 > /dev/null; kill -SEGV $$");
  ASSERT_TRUE(dies(job)) << daemons.back()->log();
  const std::string shown = narwhal({"dead", "show", job}).output;
  EXPECT_NE(shown.find("SIGSEGV\n"), std::string::npos) << shown;
  const std::size_t peak = shown.find("max_rss_kib");
  ASSERT_NE(peak, std::string::npos) << shown;
  EXPECT_GE(std::stol(shown.substr(peak + std::string("max_rss_kib").size())), 60'000) << shown;
}

TEST_F(CommandTest, P83_TemporaryFailureSpendsNoAttempt) {
  queue.add_payload("test -e ok && exit 0; exit 75");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job postponed", 2)) << daemon.log();
  write_file(file("ok"), "");
  EXPECT_TRUE(queue_empties());
  EXPECT_TRUE(queue.dead().empty());
}

TEST_F(CommandTest, P83_CommandThatCannotBeRun) {
  write_script(file("handle"), "#!/bin/sh\nexit 0\n");
  config.command({file("handle")});
  Daemon& daemon = start_ready();
  write_file(file("handle"), "#!/no/such/interpreter\n");
  const DeadLetter interpreter = death_of("1");
  std::filesystem::permissions(file("handle"), std::filesystem::perms::owner_read);
  const DeadLetter forbidden = death_of("2");
  std::filesystem::remove(file("handle"));
  const DeadLetter missing = death_of("3");
  for (const DeadLetter& letter : {interpreter, forbidden, missing}) {
    EXPECT_NE(letter.reason.find("unable to run command"), std::string::npos) << letter.reason;
  }
  EXPECT_NE(interpreter.reason, missing.reason);
  EXPECT_TRUE(daemon.running());
}

TEST_F(CommandTest, P83_CommandThatIsNotThereAtTheStart) {
  config.command({"./nowhere"});
  Daemon& daemon = start();
  const auto code = daemon.exit_code();
  EXPECT_TRUE(code == 75 || code == 78) << code.value_or(-1);
  EXPECT_NE(daemon.log().find("./nowhere"), std::string::npos) << daemon.log();
}

TEST_F(CommandTest, HardTimeoutTakesTheWholeGroup) {
  config.text("limits.job_timeout", "300ms");
  Daemon& daemon = start_ready();
  const DeadLetter letter = death_of("trap '' TERM; sleep 60 & (sleep 61 & sleep 62) & wait");
  EXPECT_NE(letter.reason.find("over job_timeout"), std::string::npos) << letter.reason;
  EXPECT_EQ(letter.counters.attempts, 1U);
  EXPECT_EQ(letter.counters.crashes, 0U);
  EXPECT_TRUE(eventually([&] {
    for (const Process& process : processes_in(directory.path())) {
      if (process.title.find("sleep") != std::string::npos) return false;
    }
    return true;
  }));
  EXPECT_TRUE(eventually([&] { return daemon.workers().size() == 2; }));
}

TEST_F(CommandTest, SoftTimeoutSendsTerm) {
  config.text("limits.soft_timeout", "200ms");
  start_ready();
  const DeadLetter letter =
      death_of("trap 'echo cleaned >> cleaned; exit 3' TERM; sleep 60 & wait");
  EXPECT_EQ(read_file(file("cleaned")), "cleaned\n");
  EXPECT_NE(letter.reason.find("soft timeout"), std::string::npos) << letter.reason;
}

TEST_F(CommandTest, EnvironmentAndFolder) {
  std::filesystem::create_directory(file("folder"));
  config.text("app.working_directory", file("folder")).text("limits.job_timeout", "1m");
  config.set("app.env", "{ GREETING = \"hello there\" }");
  NewJob job;
  job.id = "job-1";
  job.payload = "env > env.part; pwd >> env.part; mv env.part env";
  queue.add(job);
  start_ready();
  ASSERT_TRUE(eventually([&] { return !read_file(file("folder/env")).empty(); }));
  const std::string env = read_file(file("folder/env"));
  for (const char* line : {"NARWHAL_JOB_ID=job-1\n", "NARWHAL_QUEUE=default\n",
                           "NARWHAL_ATTEMPT=1\n", "NARWHAL_CRASHES=0\n", "NARWHAL_ENQUEUED_AT=",
                           "NARWHAL_DEADLINE=", "NARWHAL_WORKER=", "GREETING=hello there\n"}) {
    EXPECT_NE(env.find(line), std::string::npos) << line << "\n" << env;
  }
  EXPECT_TRUE(env.ends_with(file("folder") + "\n"));
  EXPECT_EQ(env.find("NOTIFY_SOCKET"), std::string::npos);
}

TEST_F(CommandTest, TermEndsRunningCommands) {
  queue.add_payload("echo > started; sleep 600 & wait");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(eventually([&] { return !read_file(file("started")).empty(); }));
  EXPECT_EQ(daemon.end(SIGTERM), 0);
  EXPECT_TRUE(eventually([&] { return processes_in(directory.path()).empty(); }));
  EXPECT_EQ(queue.waiting(), 1);
}

TEST_F(CommandTest, P88_CommandsGoOnWhenTheLogIsFull) {
  Daemon::Options options;
  options.errors = "/dev/full";
  Daemon& daemon = start(std::move(options));
  for (int i = 0; i < 5; ++i) queue.add_payload("seq 1000; seq 1000 >&2; echo x >> done");
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(read_lines(file("done")).size(), 5U);
  EXPECT_TRUE(daemon.running());
}

TEST_F(CommandTest, P88_CommandsGoOnWhenTheReaderOfTheOutputIsGone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  Daemon::Options options;
  options.prepare = [ends] {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
  };
  Daemon& daemon = start(std::move(options));
  ::close(ends[1]);
  queue.add_payload("echo > first");
  ASSERT_TRUE(queue_empties());
  ::close(ends[0]);
  for (int i = 0; i < 5; ++i) queue.add_payload("seq 100000 && seq 100000 >&2 && echo x >> done");
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(read_lines(file("done")).size(), 5U);
  EXPECT_TRUE(queue.dead().empty());
  EXPECT_TRUE(daemon.running());
}

TEST_F(CommandTest, BytesArriveUntouched) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * 7);
  config.shell("cat > got.part; mv got.part got");
  queue.add_payload(bytes);
  start_ready();
  ASSERT_TRUE(queue_empties());
  EXPECT_TRUE(read_file(file("got")) == bytes);
}

}  // namespace
}  // namespace narwhal::test
