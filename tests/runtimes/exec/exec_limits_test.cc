// Soft timeouts, and a system that has nothing to spare.
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

#include "tests/runtimes/exec/exec_fixture.h"

namespace narwhal::test {
namespace {

class ExecLimitsTest : public ExecTest {
 protected:
  // Runs `limit` and then a job in a process of its own; returns the job's outcome.
  int outcome_under(const std::function<void()>& limit, const Job& job = {}) {
    const narwhal_runtime* runtime = load({"true"});
    const pid_t worker = ::fork();
    if (worker == 0) {
      limit();
      const Outcome outcome = run_loaded(runtime, job);
      ::_exit(outcome.error_class == "narwhal::CommandError" && !outcome.message.empty()
                  ? outcome.outcome
                  : 99);
    }
    int status = 0;
    ::waitpid(worker, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

TEST_F(ExecLimitsTest, SoftTimeoutEndsTheCommandAndItsGroup) {
  const Outcome outcome = shell("echo working >&2; sleep 600 & echo $! > " + path("pid") + "; wait",
                                {.soft_timeout_ms = 300});
  EXPECT_EQ(outcome.outcome, NARWHAL_FAILED);
  EXPECT_EQ(outcome.error_class, "narwhal::SoftTimeout");
  EXPECT_EQ(outcome.message, "stopped by the soft timeout of 300 ms: killed by SIGTERM: working");
  const pid_t child = std::stoi("0" + slurp(path("pid")));
  ASSERT_GT(child, 0);
  EXPECT_TRUE(eventually([&] { return !alive(child); }));
}

TEST_F(ExecLimitsTest, CommandMayFinishAfterTheSoftTimeout) {
  const std::string wait = "sleep 600 & wait";
  EXPECT_EQ(shell("trap 'exit 0' TERM; " + wait, {.soft_timeout_ms = 300}).outcome, NARWHAL_DONE);
  const Outcome failed = shell("trap 'exit 5' TERM; " + wait, {.soft_timeout_ms = 300});
  EXPECT_EQ(failed.outcome, NARWHAL_FAILED);
  EXPECT_EQ(failed.message, "stopped by the soft timeout of 300 ms: exit status 5");
  EXPECT_EQ(shell("trap 'exit 75' TERM; " + wait, {.soft_timeout_ms = 300}).outcome,
            NARWHAL_POSTPONED);
}

TEST_F(ExecLimitsTest, SoftTimeoutThatIsNotReachedChangesNothing) {
  EXPECT_EQ(shell("exit 0", {.soft_timeout_ms = 600'000}).outcome, NARWHAL_DONE);
}

TEST_F(ExecLimitsTest, CommandThatFloodsStderrIsInterruptedToo) {
  const Outcome outcome = shell("exec yes '' >&2", {.soft_timeout_ms = 300});
  EXPECT_EQ(outcome.error_class, "narwhal::SoftTimeout");
}

TEST_F(ExecLimitsTest, NoProcessToSparePostponesTheJob) {
  EXPECT_EQ(outcome_under([] {
              // Root is not bound by the limit: be somebody else.
              if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(98);
              const rlimit none{0, 0};
              ::setrlimit(RLIMIT_NPROC, &none);
            }),
            NARWHAL_POSTPONED);
}

TEST_F(ExecLimitsTest, NoDescriptorToSparePostponesTheJob) {
  EXPECT_EQ(outcome_under([] {
              const rlimit few{5, 5};
              ::setrlimit(RLIMIT_NOFILE, &few);
            }),
            NARWHAL_POSTPONED);
}

TEST_F(ExecLimitsTest, HugeEnvironmentIsPassedOn) {
  for (int i = 0; i < 10; ++i)
    ::setenv(("EXEC_TEST_" + std::to_string(i)).c_str(), std::string(100'000, 'x').c_str(), 1);
  const Outcome outcome = shell("test ${#EXEC_TEST_9} -eq 100000");
  for (int i = 0; i < 10; ++i) ::unsetenv(("EXEC_TEST_" + std::to_string(i)).c_str());
  EXPECT_EQ(outcome.outcome, NARWHAL_DONE);
}

TEST_F(ExecLimitsTest, EnvironmentTooLargeForTheSystemSaysSo) {
  const narwhal_runtime* runtime = load({"true"});
  ::setenv("EXEC_TEST_BIG", std::string(1'000'000, 'x').c_str(), 1);
  const Outcome outcome = run_loaded(runtime, {});
  ::unsetenv("EXEC_TEST_BIG");
  EXPECT_EQ(outcome.outcome, NARWHAL_FAILED);
  EXPECT_TRUE(
      outcome.message.ends_with("Argument list too long (arguments and environment together)"))
      << outcome.message;
}

}  // namespace
}  // namespace narwhal::test
