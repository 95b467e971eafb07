// What each way to end means for the job, with real commands.
#include <csignal>

#include "tests/runtimes/exec/exec_fixture.h"

namespace narwhal::test {
namespace {

using ExecOutcomeTest = ExecTest;

TEST_F(ExecOutcomeTest, ExitZeroIsDone) {
  const Outcome outcome = shell("echo noise >&2; exit 0");
  EXPECT_EQ(outcome.outcome, NARWHAL_DONE);
  EXPECT_EQ(outcome.error_class, "");
  EXPECT_EQ(outcome.message, "");
}

TEST_F(ExecOutcomeTest, OtherExitStatusIsFailedWithTheLastLineOfStderr) {
  const Outcome outcome = shell("echo first >&2; echo 'disk is full' >&2; exit 11");
  EXPECT_EQ(outcome.outcome, NARWHAL_FAILED);
  EXPECT_EQ(outcome.error_class, "narwhal::ExitStatus");
  EXPECT_EQ(outcome.message, "exit status 11: disk is full");
  EXPECT_EQ(outcome.output, "first\ndisk is full\n");
}

TEST_F(ExecOutcomeTest, SilentFailureStillSaysTheStatus) {
  EXPECT_EQ(shell("exit 1").message, "exit status 1");
}

TEST_F(ExecOutcomeTest, DataErrorIsRejected) {
  const Outcome outcome = shell("echo 'not an order' >&2; exit 65");
  EXPECT_EQ(outcome.outcome, NARWHAL_REJECTED);
  EXPECT_EQ(outcome.message, "exit status 65: not an order");
}

TEST_F(ExecOutcomeTest, TemporaryFailureIsPostponed) {
  EXPECT_EQ(shell("exit 75").outcome, NARWHAL_POSTPONED);
}

TEST_F(ExecOutcomeTest, SignalIsACrashThatNamesIt) {
  for (const auto& [name, signal] : {std::pair{"SEGV", "SIGSEGV"},
                                     {"KILL", "SIGKILL"},
                                     {"ABRT", "SIGABRT"},
                                     {"TERM", "SIGTERM"}}) {
    const Outcome outcome = shell("ulimit -c 0; kill -" + std::string(name) + " $$");
    EXPECT_EQ(outcome.outcome, NARWHAL_CRASHED) << name;
    EXPECT_EQ(outcome.error_class, "narwhal::Signal") << name;
    EXPECT_EQ(outcome.message, "killed by " + std::string(signal));
  }
}

TEST_F(ExecOutcomeTest, CrashKeepsWhatTheCommandSaid) {
  const Outcome outcome = shell("ulimit -c 0; echo 'about to die' >&2; kill -KILL $$");
  EXPECT_EQ(outcome.message, "killed by SIGKILL: about to die");
}

TEST_F(ExecOutcomeTest, CommandIsFoundInPath) {
  EXPECT_EQ(run({"true"}).outcome, NARWHAL_DONE);
  EXPECT_EQ(run({"false"}).outcome, NARWHAL_FAILED);
}

TEST_F(ExecOutcomeTest, MissingCommandFailsTheStart) {
  const narwhal_runtime* runtime = exec_runtime({{"no-such-command-here"}});
  narwhal_text error{};
  EXPECT_EQ(runtime->load(host_.host(), {}, &error), -1);
  EXPECT_TRUE(std::string(error.data, error.size)
                  .starts_with("unable to run command: no-such-command-here: not found in PATH="));
}

TEST_F(ExecOutcomeTest, CommandThatVanishesFailsTheJob) {
  const std::string file = write_file("handle", "#!/bin/sh\n", true);
  const narwhal_runtime* runtime = load({file});
  std::filesystem::remove(file);
  const Outcome outcome = run_loaded(runtime, {});
  EXPECT_EQ(outcome.outcome, NARWHAL_FAILED);
  EXPECT_EQ(outcome.error_class, "narwhal::CommandError");
  EXPECT_EQ(outcome.message, "unable to run command: " + file + ": No such file or directory");
}

TEST_F(ExecOutcomeTest, CommandThatLosesItsModeFailsTheJob) {
  const std::string file = write_file("handle", "#!/bin/sh\n", true);
  const narwhal_runtime* runtime = load({file});
  std::filesystem::permissions(file, std::filesystem::perms{0644});
  const Outcome outcome = run_loaded(runtime, {});
  EXPECT_EQ(outcome.outcome, NARWHAL_FAILED);
  EXPECT_EQ(outcome.message, "unable to run command: " + file +
                                 ": Permission denied (is it executable? try chmod +x)");
}

TEST_F(ExecOutcomeTest, MissingInterpreterIsNamed) {
  const std::string file = write_file("handle", "#!/usr/bin/no-such-ruby -w\n", true);
  const Outcome outcome = run({file});
  EXPECT_EQ(outcome.outcome, NARWHAL_FAILED);
  EXPECT_EQ(outcome.error_class, "narwhal::CommandError");
  EXPECT_EQ(outcome.message, "unable to run command: " + file +
                                 ": its interpreter does not exist: /usr/bin/no-such-ruby");
}

TEST_F(ExecOutcomeTest, InterpreterWithACarriageReturnShowsIt) {
  const std::string file = write_file("handle", "#!/bin/sh\r\nexit 0\r\n", true);
  EXPECT_EQ(run({file}).message,
            "unable to run command: " + file + ": its interpreter does not exist: /bin/sh\\r");
}

TEST_F(ExecOutcomeTest, FileWithoutAFirstLineForTheSystemIsNotGuessedAt) {
  const std::string file = write_file("handle", "exit 0\n", true);
  const Outcome outcome = run({file});
  EXPECT_EQ(outcome.outcome, NARWHAL_FAILED);
  EXPECT_EQ(outcome.message, "unable to run command: " + file +
                                 ": Exec format error (a script must begin with a line like "
                                 "#!/bin/sh)");
}

TEST_F(ExecOutcomeTest, OneJobAfterAnotherEachWithItsOwnOutcome) {
  const narwhal_runtime* runtime = load({"/bin/sh", "-c", "read code; exit $code"});
  const std::vector<std::pair<std::string, int>> expected = {{"0\n", NARWHAL_DONE},
                                                             {"1\n", NARWHAL_FAILED},
                                                             {"65\n", NARWHAL_REJECTED},
                                                             {"75\n", NARWHAL_POSTPONED},
                                                             {"0\n", NARWHAL_DONE}};
  for (const auto& [payload, outcome] : expected)
    EXPECT_EQ(run_loaded(runtime, {.payload = payload}).outcome, outcome) << payload;
}

}  // namespace
}  // namespace narwhal::test
