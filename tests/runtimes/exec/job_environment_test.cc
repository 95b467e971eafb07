#include "runtimes/exec/job_environment.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace narwhal::exec {
namespace {

bool has(const std::vector<std::string>& env, const std::string& variable) {
  return std::find(env.begin(), env.end(), variable) != env.end();
}

bool has_name(const std::vector<std::string>& env, const std::string& name) {
  return std::any_of(env.begin(), env.end(),
                     [&](const std::string& entry) { return entry.starts_with(name + "="); });
}

TEST(JobEnvironment, KeepsTheRestAndReplacesItsOwn) {
  const char* const base[] = {
      "HOME=/srv", "NARWHAL_JOB_ID=stale", "NARWHAL_WORKERS=8", "NARWHAL_DEADLINE=stale", "ODD",
      nullptr};
  narwhal_job job{};
  job.id = {"abc", 3};
  const auto env = job_environment(base, job, 7);
  EXPECT_TRUE(has(env, "HOME=/srv"));
  EXPECT_TRUE(has(env, "NARWHAL_WORKERS=8"));
  EXPECT_TRUE(has(env, "ODD"));
  EXPECT_TRUE(has(env, "NARWHAL_JOB_ID=abc"));
  EXPECT_FALSE(has(env, "NARWHAL_JOB_ID=stale"));
  EXPECT_TRUE(has(env, "NARWHAL_WORKER=7"));
  EXPECT_FALSE(has_name(env, "NARWHAL_DEADLINE"));
  EXPECT_FALSE(has_name(env, "NARWHAL_ENQUEUED_AT")) << "unknown";
}

TEST(JobEnvironment, TimesHaveSixDigitsAfterThePoint) {
  narwhal_job job{};
  job.enqueued_at = 1'000'000;
  job.deadline = 1'699'999'999'999'999;
  const auto env = job_environment(nullptr, job, 0);
  EXPECT_TRUE(has(env, "NARWHAL_ENQUEUED_AT=1.000000"));
  EXPECT_TRUE(has(env, "NARWHAL_DEADLINE=1699999999.999999"));
}

}  // namespace
}  // namespace narwhal::exec
