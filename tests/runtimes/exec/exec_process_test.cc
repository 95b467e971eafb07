// The command as a process: what it inherits, its group, and who dies with whom.
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <csignal>

#include "narwhal/unique_fd.h"
#include "tests/runtimes/exec/exec_fixture.h"

namespace narwhal::test {
namespace {

class ExecProcessTest : public ExecTest {
 protected:
  // The number a script wrote to a file; waits for it. Ends the line, so it is never half written.
  pid_t pid_from(const std::string& name) {
    EXPECT_TRUE(eventually([&] { return slurp(path(name)).ends_with('\n'); })) << name;
    return std::stoi("0" + slurp(path(name)));
  }
};

TEST_F(ExecProcessTest, JobIsDescribedInTheEnvironment) {
  ::setenv("NARWHAL_DEADLINE", "stale", 1);
  ::setenv("NARWHAL_ATTEMPT", "stale", 1);
  const Job job = {.id = "0190-abc",
                   .queue = "m\xC3\xA4il",
                   .enqueued_at = 1'700'000'000'000'042,
                   .attempt = 2,
                   .crashes = 1};
  const std::string print = "env | grep '^NARWHAL_' | sort > " + path("env");
  EXPECT_EQ(shell(print, job).outcome, NARWHAL_DONE);
  EXPECT_EQ(slurp(path("env")),
            "NARWHAL_ATTEMPT=2\nNARWHAL_CRASHES=1\nNARWHAL_ENQUEUED_AT=1700000000.000042\n"
            "NARWHAL_JOB_ID=0190-abc\nNARWHAL_QUEUE=m\xC3\xA4il\nNARWHAL_WORKER=3\n");
  ::unsetenv("NARWHAL_DEADLINE");
  ::unsetenv("NARWHAL_ATTEMPT");
}

TEST_F(ExecProcessTest, DeadlineIsThereOnlyIfThereIsOne) {
  const std::string print = "echo \"$NARWHAL_DEADLINE\" > " + path("deadline");
  shell(print, {.deadline = 1'800'000'000'250'000});
  EXPECT_EQ(slurp(path("deadline")), "1800000000.250000\n");
  shell("test -z \"${NARWHAL_DEADLINE+set}\" || exit 9");
  EXPECT_EQ(shell("exit ${NARWHAL_DEADLINE+9}0").outcome, NARWHAL_DONE);
}

TEST_F(ExecProcessTest, OnlyStandardDescriptorsAreOpen) {
  // One that is not close-on-exec, as a careless library would leave it.
  const UniqueFd careless(::open("/dev/null", O_RDONLY));  // NOLINT: the point of the test
  EXPECT_EQ(run({"/bin/ls", "/proc/self/fd"}).outcome, NARWHAL_DONE);
  // ls itself holds one more, for the directory it lists: it gets the lowest free number.
  EXPECT_EQ(shell("ls /proc/self/fd | tr '\\n' ' ' > " + path("fds")).outcome, NARWHAL_DONE);
  EXPECT_EQ(slurp(path("fds")), "0 1 2 3 ");
}

TEST_F(ExecProcessTest, SignalsAreAtTheirDefaultsAndUnblocked) {
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &usr1, nullptr);
  ::signal(SIGHUP, SIG_IGN);
  // As posix_spawn() leaves the two signals of the C library.
  std::array<void (*)(int), 8> ignored{SIG_IGN};
  ::syscall(SYS_rt_sigaction, 32, ignored.data(), nullptr, (NSIG - 1) / 8);
  shell("exec cat /proc/self/status > " + path("status"));
  ::signal(SIGHUP, SIG_DFL);
  ::sigprocmask(SIG_UNBLOCK, &usr1, nullptr);
  for (const std::string set : {"SigBlk", "SigIgn", "SigCgt"})
    EXPECT_NE(slurp(path("status")).find(set + ":\t0000000000000000\n"), std::string::npos) << set;
}

TEST_F(ExecProcessTest, BrokenPipelineEndsAtOnce) {
  EXPECT_EQ(shell("yes | head -1 > /dev/null").outcome, NARWHAL_DONE);
}

TEST_F(ExecProcessTest, HostKnowsTheGroupWhileTheCommandRunsAndNoLonger) {
  shell("ps -o pgid= -p $$ | tr -d ' ' > " + path("group"));
  EXPECT_EQ(host_.last_group(), pid_from("group"));
  EXPECT_NE(host_.last_group(), ::getpgrp());
  EXPECT_EQ(host_.group(), 0);
}

TEST_F(ExecProcessTest, GrandchildHoldingThePipesDoesNotKeepTheJob) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(shell("sleep 600 & echo $! > " + path("pid") + "; echo bye >&2; exit 7").message,
            "exit status 7: bye");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{300});
  EXPECT_TRUE(eventually([&] { return !alive(pid_from("pid")); })) << "killed with its group";
}

TEST_F(ExecProcessTest, WhatIsLeftInTheBackgroundEndsWithTheJob) {
  EXPECT_EQ(shell("sleep 600 > /dev/null 2>&1 & echo $! > " + path("pid") + "; exit 0").outcome,
            NARWHAL_DONE);
  EXPECT_TRUE(eventually([&] { return !alive(pid_from("pid")); }));
}

TEST_F(ExecProcessTest, WhatTheCommandWaitsForFinishes) {
  EXPECT_EQ(shell("(sleep 0.2; echo done > " + path("out") + ") & wait").outcome, NARWHAL_DONE);
  EXPECT_EQ(slurp(path("out")), "done\n");
}

TEST_F(ExecProcessTest, GrandchildThatWritesForEverDoesNotKeepTheJob) {
  const narwhal_runtime* runtime =
      load({"/bin/sh", "-c", "yes >&2 & yes & echo $! > " + path("pid") + "; exit 7"});
  const UniqueFd before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10));
  const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  ::dup2(null.get(), STDERR_FILENO);
  const Outcome outcome = run_loaded(runtime, {});
  ::dup2(before.get(), STDERR_FILENO);
  EXPECT_EQ(outcome.outcome, NARWHAL_FAILED);
  EXPECT_TRUE(eventually([&] { return !alive(pid_from("pid")); })) << "yes ends with its pipe";
}

TEST_F(ExecProcessTest, DaemonThatForksTwiceIsNobodysBusiness) {
  EXPECT_EQ(
      shell("setsid sh -c 'echo $$ > " + path("pid") + "; exec sleep 600' > /dev/null 2>&1 &" +
            " until [ -s " + path("pid") + " ]; do sleep 0.01; done")
          .outcome,
      NARWHAL_DONE);
  const pid_t daemon = pid_from("pid");
  EXPECT_TRUE(alive(daemon));
  ::kill(daemon, SIGKILL);
}

// A worker in a process of its own, busy with a command that has a child.
class ExecWorkerTest : public ExecProcessTest {
 protected:
  pid_t start_worker() {
    const pid_t worker = ::fork();
    if (worker != 0) return worker;
    shell("sleep 600 & echo $! > " + path("child") + "; echo $$ > " + path("command") + "; wait");
    ::_exit(0);
  }
};

TEST_F(ExecWorkerTest, WorkerToldToLeaveTakesTheWholeGroupAlong) {
  const pid_t worker = start_worker();
  const pid_t child = pid_from("child");
  const pid_t command = pid_from("command");
  ::kill(worker, SIGTERM);
  int status = 0;
  ASSERT_EQ(::waitpid(worker, &status, 0), worker);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
  EXPECT_TRUE(eventually([&] { return !alive(command) && !alive(child); }));
}

TEST_F(ExecWorkerTest, IdleWorkerToldToLeaveLeaves) {
  const pid_t worker = ::fork();
  if (worker == 0) {
    load({"true"});
    ::raise(SIGTERM);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(worker, &status, 0), worker);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
}

// As the master does at a hard timeout: KILL to the worker, then to the group it knows of.
TEST_F(ExecWorkerTest, KilledWorkersCommandDiesAtOnceAndItsGroupCanBeKilled) {
  const pid_t worker = start_worker();
  const pid_t child = pid_from("child");
  const pid_t command = pid_from("command");
  EXPECT_EQ(host_.group(), command);
  ::kill(worker, SIGKILL);
  ASSERT_EQ(::waitpid(worker, nullptr, 0), worker);
  EXPECT_TRUE(eventually([&] { return !alive(command); })) << "its parent-death signal";
  ::kill(-host_.group(), SIGKILL);
  EXPECT_TRUE(eventually([&] { return !alive(child); }));
}

}  // namespace
}  // namespace narwhal::test
