#include "master/publishing.h"

#include <gtest/gtest.h>

namespace narwhal {
namespace {

TEST(Publishing, AWorkerIsAnsweredWhenEveryJobIsStored) {
  Publishing publishing;
  Enqueue request;
  request.token = 7;
  request.jobs.resize(2);
  const auto tokens = publishing.begin(42, request);
  ASSERT_EQ(tokens.size(), 2U);
  EXPECT_FALSE(publishing.confirm({tokens[1], {}}));
  const auto answer = publishing.confirm({tokens[0], {}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->spawn, 42U);
  EXPECT_EQ(answer->token, 7U);
  EXPECT_EQ(answer->error, "");
}

TEST(Publishing, OneRefusalIsTheAnswer) {
  Publishing publishing;
  Enqueue request;
  request.jobs.resize(2);
  const auto tokens = publishing.begin(1, request);
  EXPECT_FALSE(publishing.confirm({tokens[0], Error{ErrorKind::io, "unable to store", "full"}}));
  const auto answer = publishing.confirm({tokens[1], {}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error, "unable to store: full");
}

TEST(Publishing, AnUnknownOrRepeatedConfirmationIsIgnored) {
  Publishing publishing;
  Enqueue request;
  request.jobs.resize(1);
  const auto tokens = publishing.begin(1, request);
  EXPECT_FALSE(publishing.confirm({tokens[0] + 1, {}}));
  EXPECT_TRUE(publishing.confirm({tokens[0], {}}));
  EXPECT_FALSE(publishing.confirm({tokens[0], {}}));
}

TEST(Publishing, AJobGetsAnIdAndAQueueWhereItBroughtNone) {
  const NewJob job = to_new_job({"", "", 3, 1'000'000, "p"});
  EXPECT_EQ(job.id.size(), 36U);
  EXPECT_EQ(job.queue, "default");
  EXPECT_EQ(job.priority, 3);
  EXPECT_EQ(job.payload, "p");
  ASSERT_TRUE(job.run_at);
  EXPECT_EQ(to_unix_micros(*job.run_at), 1'000'000);
  EXPECT_FALSE(to_new_job({"id", "q", 0, -1, ""}).run_at);
  EXPECT_EQ(to_new_job({"id", "q", 0, -1, ""}).id, "id");
}

}  // namespace
}  // namespace narwhal
