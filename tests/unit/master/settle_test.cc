#include "master/settle.h"

#include <gtest/gtest.h>

namespace narwhal {
namespace {

using Action = Verdict::Action;
using std::chrono::seconds;

constexpr WallTime kNow{std::chrono::microseconds{1'700'000'000'000'000}};
constexpr double kNoJitter = 0.5;

RetryConfig retry_config() {
  RetryConfig config;
  config.max_attempts = 3;
  config.crash_limit = 2;
  return config;
}

Delivery a_job() {
  Delivery job;
  job.id = "j";
  job.queue = "q";
  job.payload = "payload";
  return job;
}

RunReport report(RunOutcome outcome) {
  RunReport made;
  made.outcome = outcome;
  made.error_class = "E";
  made.message = "why";
  return made;
}

class Settle : public ::testing::Test {
 protected:
  Verdict after(RunOutcome outcome) {
    return policy_.after_run(job_, report(outcome), kNow, kNoJitter);
  }

  SettlePolicy policy_{retry_config()};
  Delivery job_ = a_job();
};

TEST_F(Settle, DoneAndDiscardedAreAcked) {
  EXPECT_EQ(after(RunOutcome::done).action, Action::ack);
  EXPECT_EQ(after(RunOutcome::discarded).action, Action::ack);
}

TEST_F(Settle, ReleasedGoesBackUnspent) {
  job_.counters = {1, 1, 1};
  const Verdict verdict = after(RunOutcome::released);
  EXPECT_EQ(verdict.action, Action::release);
}

TEST_F(Settle, AFailureSpendsAnAttemptAndBacksOff) {
  Verdict verdict = after(RunOutcome::failed);
  EXPECT_EQ(verdict.action, Action::retry);
  EXPECT_EQ(verdict.counters, (Counters{1, 0, 0}));
  EXPECT_EQ(verdict.delay, seconds{1});
  EXPECT_NE(verdict.history.find("\"message\":\"why\""), std::string::npos);
  EXPECT_FALSE(verdict.rewritten);

  job_.counters.attempts = 1;
  verdict = after(RunOutcome::timed_out);
  EXPECT_EQ(verdict.counters, (Counters{2, 0, 0}));
  EXPECT_EQ(verdict.delay, seconds{2});
}

TEST_F(Settle, TheLastAttemptIsADeadLetter) {
  job_.counters.attempts = 2;
  const Verdict verdict = after(RunOutcome::failed);
  EXPECT_EQ(verdict.action, Action::bury);
  EXPECT_EQ(verdict.counters.attempts, 3U);
  EXPECT_EQ(verdict.reason, "failed 3 times; last: E: why");
}

TEST_F(Settle, ACrashHasItsOwnCountAndALimit) {
  Verdict verdict = after(RunOutcome::crashed);
  EXPECT_EQ(verdict.action, Action::retry);
  EXPECT_EQ(verdict.counters, (Counters{0, 1, 0}));
  EXPECT_EQ(verdict.delay, std::chrono::milliseconds{100});

  job_.counters.crashes = 1;
  verdict = after(RunOutcome::crashed);
  EXPECT_EQ(verdict.action, Action::bury);
  EXPECT_EQ(verdict.reason, "crashed 2 times; last: E: why");
}

TEST_F(Settle, ACrashLimitOfZeroIsNone) {
  RetryConfig config = retry_config();
  config.crash_limit = 0;
  job_.counters.crashes = 1000;
  EXPECT_EQ(
      SettlePolicy{config}.after_run(job_, report(RunOutcome::crashed), kNow, kNoJitter).action,
      Action::retry);
}

TEST_F(Settle, AJobThatCrashedTooOftenIsNotRunAgain) {
  Verdict verdict;
  job_.counters.crashes = 1;
  EXPECT_FALSE(policy_.dead_on_arrival(job_, verdict));
  job_.counters.crashes = 2;
  job_.history = "[{}]";
  EXPECT_TRUE(policy_.dead_on_arrival(job_, verdict));
  EXPECT_EQ(verdict.action, Action::bury);
  EXPECT_EQ(verdict.history, "[{}]");
}

TEST_F(Settle, APostponementSpendsNoAttemptButIsCapped) {
  Verdict verdict = after(RunOutcome::postponed);
  EXPECT_EQ(verdict.action, Action::retry);
  EXPECT_EQ(verdict.counters, (Counters{0, 0, 1}));

  job_.counters.postponed = kPostponeLimit - 1;
  verdict = after(RunOutcome::postponed);
  EXPECT_EQ(verdict.action, Action::bury);
  EXPECT_EQ(verdict.reason, "postponed 100 times; last: E: why");
}

TEST_F(Settle, WhatCanNeverRunIsDeadAtOnce) {
  const Verdict verdict = after(RunOutcome::rejected);
  EXPECT_EQ(verdict.action, Action::bury);
  EXPECT_EQ(verdict.counters, Counters{});
  EXPECT_EQ(verdict.reason, "E: why");
}

TEST_F(Settle, AJobsOwnRetryReplacesItsContentAndSpendsNothing) {
  RunReport made = report(RunOutcome::retried);
  made.again = {"ignored", "low", 7, to_unix_micros(kNow) + 3'000'000, "again"};
  const Verdict verdict = policy_.after_run(job_, made, kNow, kNoJitter);
  EXPECT_EQ(verdict.action, Action::retry);
  EXPECT_TRUE(verdict.rewritten);
  EXPECT_EQ(verdict.delay, seconds{3});
  EXPECT_EQ(verdict.counters, Counters{});
  EXPECT_EQ(job_.id, "j");
  EXPECT_EQ(job_.payload, "again");
  EXPECT_EQ(job_.queue, "low");
  EXPECT_EQ(job_.priority, 7);
}

TEST_F(Settle, AJobsOwnRetryInThePastOrAtOnceWaitsNotAtAll) {
  RunReport made = report(RunOutcome::retried);
  made.again.run_at = to_unix_micros(kNow) - 1;
  EXPECT_EQ(policy_.after_run(job_, made, kNow, kNoJitter).delay, Duration{0});
  made.again.run_at = -1;
  EXPECT_EQ(policy_.after_run(job_, made, kNow, kNoJitter).delay, Duration{0});
  EXPECT_EQ(job_.queue, "q");
}

}  // namespace
}  // namespace narwhal
