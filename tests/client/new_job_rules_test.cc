#include "narwhal/new_job_rules.h"

#include <gtest/gtest.h>

namespace narwhal {
namespace {

const WallTime kNow{std::chrono::hours{24 * 365 * 50}};

std::string problem(const NewJob& job) {
  auto checked = check_rules(job, kNow);
  if (checked) return {};
  EXPECT_EQ(checked.error().kind, ErrorKind::invalid);
  return checked.error().reason;
}

NewJob in_queue(std::string name) {
  NewJob job;
  job.queue = std::move(name);
  return job;
}

NewJob with_id(std::string id) {
  NewJob job;
  job.id = std::move(id);
  return job;
}

NewJob at(WallTime time) {
  NewJob job;
  job.run_at = time;
  return job;
}

TEST(NewJobRules, TakeAnyReadableName) {
  for (const char* name : {"default", "with space", "größe/日本語:😀", "-"}) {
    EXPECT_EQ(problem(in_queue(name)), "") << name;
    EXPECT_EQ(problem(with_id(name)), "") << name;
  }
  EXPECT_EQ(problem(in_queue(std::string(255, 'q'))), "");
  EXPECT_EQ(problem(NewJob{}), "");
}

TEST(NewJobRules, RefuseNamesThatNoConfigurationCanName) {
  EXPECT_EQ(problem(in_queue("")), "the queue's name is empty");
  EXPECT_EQ(problem(in_queue("a*")), "the queue's name has a wildcard");
  EXPECT_EQ(problem(in_queue("a\x01")), "the queue's name has a control character");
  EXPECT_EQ(problem(in_queue(std::string("a\0b", 3))), "the queue's name has a control character");
  EXPECT_EQ(problem(in_queue("\xff\xfe")), "the queue's name is not valid UTF-8");
  EXPECT_EQ(problem(in_queue(std::string(256, 'q'))),
            "the queue's name has 256 bytes; at most 255 are allowed");
}

TEST(NewJobRules, RefuseIdsThatCannotBePrinted) {
  EXPECT_EQ(problem(with_id("a\nb")), "its id has a control character");
  EXPECT_EQ(problem(with_id("\xed\xa0\x80")), "its id is not valid UTF-8");
  EXPECT_EQ(problem(with_id(std::string(300, 'i'))),
            "its id has 300 bytes; at most 255 are allowed");
}

TEST(NewJobRules, RefuseTimesThatNobodyCanMean) {
  EXPECT_EQ(problem(at(kNow + kLongestDelay)), "");
  EXPECT_EQ(problem(at(WallTime::min())), "") << "due long ago: at once";
  for (const WallTime time : {kNow + kLongestDelay + std::chrono::hours{1}, WallTime::max()}) {
    EXPECT_EQ(problem(at(time)), "its time is more than ten years from now");
  }
}

}  // namespace
}  // namespace narwhal
