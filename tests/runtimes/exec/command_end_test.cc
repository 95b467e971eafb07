#include "runtimes/exec/command_end.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

namespace narwhal::exec {
namespace {

constexpr int exited(int code) { return code << 8; }
constexpr int kCoreDumped = 0x80;

RunReport report(int status) { return report_end({.status = status}, "/bin/handle"); }

TEST(CommandEnd, ExitElevenIsNotSignalEleven) {
  EXPECT_EQ(report(exited(11)).message, "exit status 11");
  EXPECT_EQ(report(exited(11)).outcome, NARWHAL_FAILED);
  EXPECT_EQ(report(SIGSEGV).message, "killed by SIGSEGV");
  EXPECT_EQ(report(SIGSEGV).outcome, NARWHAL_CRASHED);
}

TEST(CommandEnd, CoreDumpIsMentioned) {
  EXPECT_EQ(report(SIGABRT | kCoreDumped).message, "killed by SIGABRT (core dumped)");
}

TEST(CommandEnd, SignalWithoutANameGetsItsNumber) {
  EXPECT_EQ(report(SIGRTMIN + 3).message, "killed by signal " + std::to_string(SIGRTMIN + 3));
}

TEST(CommandEnd, ShellsWordForASignalIsAnExitStatus) {
  EXPECT_EQ(report(exited(139)).outcome, NARWHAL_FAILED);
}

TEST(CommandEnd, CrashAfterTheSoftTimeoutIsACrash) {
  const CommandEnd end{.status = SIGSEGV, .interrupted = true};
  EXPECT_EQ(report_end(end, "f").outcome, NARWHAL_CRASHED);
}

TEST(CommandEnd, TermWithoutASoftTimeoutIsACrash) {
  EXPECT_EQ(report(SIGTERM).outcome, NARWHAL_CRASHED);
}

TEST(CommandEnd, CommandsOwnWordHoldsAfterTheSoftTimeout) {
  EXPECT_EQ(report_end({.status = exited(0), .interrupted = true}, "f").outcome, NARWHAL_DONE);
  EXPECT_EQ(report_end({.status = exited(65), .interrupted = true}, "f").outcome, NARWHAL_REJECTED);
  EXPECT_EQ(report_end({.status = exited(75), .interrupted = true}, "f").outcome,
            NARWHAL_POSTPONED);
}

TEST(CommandEnd, ShortageAtExecIsNotTheJobsFault) {
  for (const int number : {EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY})
    EXPECT_EQ(report_end({.status = exited(127), .exec_error = number}, "f").outcome,
              NARWHAL_POSTPONED);
  EXPECT_EQ(report_end({.status = exited(127), .exec_error = EIO}, "f").message,
            "unable to run command: f: Input/output error");
}

}  // namespace
}  // namespace narwhal::exec
