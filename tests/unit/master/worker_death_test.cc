#include "master/worker_death.h"

#include <gtest/gtest.h>

#include <csignal>

namespace narwhal {
namespace {

constexpr TimePoint kNow{std::chrono::seconds{100}};

// A wait status, as Linux lays it out.
constexpr int exited(int code) { return code << 8; }
constexpr int killed(int signal) { return signal; }

RunReport report(KillReason reason, int status, bool stopping, std::string& message) {
  WorkerSlot slot;
  slot.kill_reason = reason;
  JobInHand job;
  job.started = kNow - std::chrono::seconds{2};
  return report_death(slot, job, {4711, status, 100}, stopping, kNow, message);
}

RunOutcome outcome(KillReason reason, int status, bool stopping = false) {
  std::string message;
  return report(reason, status, stopping, message).outcome;
}

TEST(WorkerDeath, SaysHowInWords) {
  EXPECT_EQ((WorkerDeath{1, killed(SIGSEGV), 0}.text()), "killed by SIGSEGV");
  EXPECT_EQ((WorkerDeath{1, killed(SIGABRT) | 0x80, 0}.text()), "killed by SIGABRT (core dumped)");
  EXPECT_EQ((WorkerDeath{1, exited(11), 0}.text()), "exited with status 11");
}

TEST(WorkerDeath, ADeathThatNobodyAskedForIsACrash) {
  EXPECT_EQ(outcome(KillReason::none, killed(SIGKILL)), RunOutcome::crashed);
  EXPECT_EQ(outcome(KillReason::none, killed(SIGSEGV)), RunOutcome::crashed);
  EXPECT_EQ(outcome(KillReason::none, exited(0)), RunOutcome::crashed);
  EXPECT_EQ(outcome(KillReason::deaf, killed(SIGKILL)), RunOutcome::crashed);
}

TEST(WorkerDeath, OurOwnKillsAreNotHeldAgainstTheJob) {
  EXPECT_EQ(outcome(KillReason::job_timeout, killed(SIGKILL)), RunOutcome::timed_out);
  EXPECT_EQ(outcome(KillReason::stopping, killed(SIGKILL)), RunOutcome::released);
  EXPECT_EQ(outcome(KillReason::overdue, killed(SIGKILL)), RunOutcome::released);
}

TEST(WorkerDeath, TermIsARequestNotACrash) {
  EXPECT_EQ(outcome(KillReason::none, killed(SIGTERM), /*stopping=*/true), RunOutcome::released);
  EXPECT_EQ(outcome(KillReason::none, killed(SIGTERM)), RunOutcome::postponed);
}

TEST(WorkerDeath, TheReportCarriesTheEvidence) {
  std::string message;
  RunReport crash = report(KillReason::none, killed(SIGSEGV), false, message);
  EXPECT_EQ(crash.signal, SIGSEGV);
  EXPECT_FALSE(crash.exit_code);
  EXPECT_EQ(crash.max_rss_kib, 100);
  EXPECT_EQ(crash.pid, 4711);
  EXPECT_EQ(crash.took, std::chrono::seconds{2});
  EXPECT_EQ(crash.message, "the worker was lost while it ran the job: killed by SIGSEGV");

  crash = report(KillReason::none, exited(3), false, message);
  EXPECT_EQ(crash.exit_code, 3);
  EXPECT_EQ(crash.signal, 0);

  crash = report(KillReason::job_timeout, killed(SIGKILL), false, message);
  EXPECT_EQ(crash.error_class, "narwhal::JobTimeout");
  EXPECT_EQ(crash.message, "over job_timeout: killed after 2.0 s");
}

}  // namespace
}  // namespace narwhal
