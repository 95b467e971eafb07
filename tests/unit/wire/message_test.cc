#include "wire/message.h"

#include <gtest/gtest.h>

namespace narwhal {
namespace {

const std::string kBytes{"\0\xff{}\r\n", 6};

TEST(Message, RunJobComesBackWhole) {
  RunJob job;
  job.sequence = 7;
  job.enqueued_at = 1'700'000'000'123'456;
  job.attempt = 3;
  job.crashes = 2;
  job.priority = -5;
  job.job_timeout_ms = 1000;
  job.soft_timeout_ms = 500;
  job.id = "id";
  job.queue = "über";
  job.payload = kBytes;
  std::string bytes;
  job.encode_head(bytes);
  bytes += job.payload;
  const auto back = RunJob::decode(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->sequence, 7U);
  EXPECT_EQ(back->enqueued_at, job.enqueued_at);
  EXPECT_EQ(back->attempt, 3U);
  EXPECT_EQ(back->crashes, 2U);
  EXPECT_EQ(back->priority, -5);
  EXPECT_EQ(back->job_timeout_ms, 1000U);
  EXPECT_EQ(back->soft_timeout_ms, 500U);
  EXPECT_EQ(back->id, "id");
  EXPECT_EQ(back->queue, "über");
  EXPECT_EQ(back->payload, kBytes);
}

TEST(Message, WorkerReadyComesBackWhole) {
  std::string bytes;
  WorkerReady{4321}.encode(bytes);
  const auto back = WorkerReady::decode(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->pid, 4321);
  EXPECT_FALSE(WorkerReady::decode(std::string_view{bytes}.substr(1)));
}

TEST(Message, JobFinishedComesBackWhole) {
  JobFinished finished;
  finished.sequence = 9;
  finished.outcome = 2;
  finished.leaving = true;
  finished.took = 1'500'000'000;
  finished.max_rss_kib = 40'960;
  finished.signal = 11;
  finished.job_class = "Greet";
  finished.error_class = "std::runtime_error";
  finished.message = kBytes;
  finished.backtrace = "a\nb";
  finished.again = {"id", "low", 4, 123, kBytes};
  std::string bytes;
  finished.encode(bytes);
  const auto back = JobFinished::decode(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->sequence, 9U);
  EXPECT_EQ(back->outcome, 2);
  EXPECT_TRUE(back->leaving);
  EXPECT_EQ(back->took, 1'500'000'000U);
  EXPECT_EQ(back->max_rss_kib, 40'960);
  EXPECT_EQ(back->signal, 11);
  EXPECT_EQ(back->job_class, "Greet");
  EXPECT_EQ(back->error_class, "std::runtime_error");
  EXPECT_EQ(back->message, kBytes);
  EXPECT_EQ(back->backtrace, "a\nb");
  EXPECT_EQ(back->again.queue, "low");
  EXPECT_EQ(back->again.priority, 4);
  EXPECT_EQ(back->again.run_at, 123);
  EXPECT_EQ(back->again.payload, kBytes);
}

TEST(Message, EnqueueAndItsAnswerComeBackWhole) {
  Enqueue request;
  request.token = 5;
  request.jobs = {{"a", "q", 1, -1, kBytes}, {"", "", 0, 99, ""}};
  std::string bytes;
  request.encode(bytes);
  const auto back = Enqueue::decode(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->token, 5U);
  ASSERT_EQ(back->jobs.size(), 2U);
  EXPECT_EQ(back->jobs[0].payload, kBytes);
  EXPECT_EQ(back->jobs[1].run_at, 99);

  std::string answer_bytes;
  Enqueued{5, "no"}.encode(answer_bytes);
  const auto answer = Enqueued::decode(answer_bytes);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->token, 5U);
  EXPECT_EQ(answer->error, "no");
}

TEST(Message, EveryCutIsAnError) {
  std::string bytes;
  JobFinished{}.encode(bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(JobFinished::decode(std::string_view{bytes}.substr(0, size))) << size;
  }
  Enqueue request;
  request.jobs.resize(2);
  bytes.clear();
  request.encode(bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Enqueue::decode(std::string_view{bytes}.substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace narwhal
