#include "wire/slot_page.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace narwhal {
namespace {

TEST(SlotPage, WhoeverIsFirstHasTheJob) {
  SlotPage page;
  page.offer(1);
  EXPECT_TRUE(page.claim(1));
  EXPECT_FALSE(page.withdraw(1));
  EXPECT_TRUE(page.claimed(1));

  page.offer(2);
  EXPECT_TRUE(page.withdraw(2));
  EXPECT_FALSE(page.claim(2));
  EXPECT_FALSE(page.claimed(2));
}

TEST(SlotPage, AJobNotOfferedCannotBeClaimed) {
  SlotPage page;
  EXPECT_FALSE(page.claim(1));
  page.offer(1 + SlotPage::kJobs);
  EXPECT_FALSE(page.claim(1)) << "an older job in the same word";
  EXPECT_TRUE(page.claim(1 + SlotPage::kJobs));
}

TEST(SlotPage, TheRunningJobAndThoseAheadAreApart) {
  SlotPage page;
  page.offer(1);
  ASSERT_TRUE(page.claim(1));
  for (JobSequence job = 2; job <= SlotPage::kJobs; ++job) page.offer(job);
  for (JobSequence job = SlotPage::kJobs; job > 3; --job) EXPECT_TRUE(page.withdraw(job));
  EXPECT_TRUE(page.claimed(1));
  EXPECT_TRUE(page.claim(2));
  EXPECT_FALSE(page.claim(4)) << "withdrawn";
  EXPECT_TRUE(page.claim(3));
}

TEST(SlotPage, KnowsTheClassOfTheRunningJobOnly) {
  SlotPage page;
  EXPECT_EQ(page.job_class(1), "");
  page.set_job_class(1, "Resize");
  EXPECT_EQ(page.job_class(1), "Resize");
  EXPECT_EQ(page.job_class(2), "") << "the next one has not said its class yet";
  page.set_job_class(2, "Resize");
  page.set_job_class(3, std::string(1000, 'x'));
  EXPECT_EQ(page.job_class(2), "");
  EXPECT_EQ(page.job_class(3), std::string(200, 'x'));
}

TEST(SlotPage, IsSharedBetweenProcesses) {
  auto shared = SharedSlotPage::create();
  ASSERT_TRUE(shared);
  const UniqueFd fd = shared->take_descriptor();
  (*shared)->offer(1);
  const pid_t child = ::fork();
  if (child == 0) {
    auto mapped = SharedSlotPage::map(fd);
    const bool claimed = mapped && (*mapped)->claim(1);
    if (mapped) (*mapped)->process_group.store(4711);
    ::_exit(claimed ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE((*shared)->claimed(1));
  EXPECT_EQ((*shared)->process_group.load(), 4711);
}

}  // namespace
}  // namespace narwhal
