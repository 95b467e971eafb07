#include "narwhal/testing.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace narwhal::testing {
namespace {

using namespace std::chrono_literals;

std::vector<std::string>& ran() {
  static std::vector<std::string> jobs;
  return jobs;
}

struct Leaf : Job<Leaf> {
  void perform(std::string name, int number) { ran().push_back(name + std::to_string(number)); }
};

struct Branch : Job<Branch> {
  void perform() {
    Leaf::perform_later("leaf", 1);
    ran().push_back("branch");
  }
};

struct Stubborn : Job<Stubborn> {
  static void configure(JobOptions<Stubborn>& options) {
    options.retry_on<std::runtime_error>({.attempts = 4, .wait = 1h}).discard_on<int>();
  }
  void perform(int fail_times) {
    ran().push_back("run " + std::to_string(executions()));
    if (fail_times < 0) throw -1;
    if (executions() <= fail_times) throw std::runtime_error("still failing");
  }
};

struct Endless : Job<Endless> {
  static void configure(JobOptions<Endless>& options) {
    options.retry_on<int>({.attempts = unlimited});
  }
  void perform() { throw 1; }
};

struct Checkpoint : Job<Checkpoint> {
  void perform() {
    if (stopping()) throw Postpone("stopping in attempt " + std::to_string(attempt()));
  }
};

class TestMode : public ::testing::Test {
 protected:
  void SetUp() override { ran().clear(); }
};

TEST_F(TestMode, InlineRunsAtOnce) {
  const Inline inline_mode;
  Branch::perform_later();
  EXPECT_EQ(ran(), (std::vector<std::string>{"leaf1", "branch"}));
}

TEST_F(TestMode, InlineRetriesWithoutWaiting) {
  const Inline inline_mode;
  Stubborn::perform_later(2);
  EXPECT_EQ(ran(), (std::vector<std::string>{"run 1", "run 2", "run 3"}));
}

TEST_F(TestMode, InlineThrowsWhatTheJobThrowsInTheEnd) {
  const Inline inline_mode;
  EXPECT_THROW(Stubborn::perform_later(9), std::runtime_error);
  EXPECT_EQ(ran().size(), 4U);
  EXPECT_NO_THROW(Stubborn::perform_later(-1));
  EXPECT_THROW(Endless::perform_later(), std::runtime_error);
}

TEST_F(TestMode, ConditionsReachTheJob) {
  const Inline inline_mode({.stopping = true, .attempt = 3});
  try {
    Checkpoint::perform_later();
    FAIL();
  } catch (const Postpone& postpone) {
    EXPECT_STREQ(postpone.what(), "stopping in attempt 3");
  }
}

TEST_F(TestMode, RecorderKeepsJobs) {
  Recorder recorder;
  Leaf::set({.wait = 1h, .queue = "q"}).perform_later("a", 1);
  Branch::perform_later();
  EXPECT_TRUE(ran().empty());
  EXPECT_EQ(recorder.count<Leaf>(), 1U);
  EXPECT_EQ(recorder.count<Stubborn>(), 0U);
  EXPECT_EQ(recorder.arguments_of<Leaf>().front(), std::make_tuple("a", 1));
  EXPECT_EQ(recorder.jobs().front().queue, "q");
  EXPECT_TRUE(recorder.jobs().front().run_at.has_value());
}

TEST_F(TestMode, RecorderPerformsWhatItKept) {
  Recorder recorder;
  Branch::perform_later();
  EXPECT_EQ(recorder.perform_enqueued_jobs(), 2);
  EXPECT_EQ(ran(), (std::vector<std::string>{"branch", "leaf1"}));
  EXPECT_TRUE(recorder.jobs().empty());
}

TEST_F(TestMode, JobsRunWithoutAnyMode) {
  Leaf job;
  job.perform("direct", 1);
  EXPECT_EQ(job.job_id(), "");
  EXPECT_FALSE(job.stopping());
  EXPECT_FALSE(job.extend_deadline(1s));
  EXPECT_TRUE(job.arguments().empty());
}

}  // namespace
}  // namespace narwhal::testing
