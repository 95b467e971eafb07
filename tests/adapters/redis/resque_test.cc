// Drop-in service of an application's Resque queues. The jobs are as Resque and resque-scheduler
// write them.
#include "adapters/redis/json_text.h"
#include "redis_case.h"

namespace narwhal::test {
namespace {

using redis::JsonObject;

constexpr const char* kPlain = R"({"class":"Archive","args":[9007199254740993,[],"x"]})";
constexpr const char* kInner = R"({"job_class":"MailJob","job_id":"my-job","arguments":[ 1.0 ]})";

std::string wrapped() {
  return R"({"class":"ActiveJob::QueueAdapters::ResqueAdapter::JobWrapper","args":[)" +
         std::string(kInner) + "]}";
}

class Resque : public RedisCase {
 protected:
  Resque() { options["format"] = "resque"; }

  void push(const std::string& job) { server.call({"RPUSH", "resque:queue:default", job}); }
};

TEST_F(Resque, JobsAreTakenFromTheLeftAndHandedOverAsTheyAre) {
  push(kPlain);
  push(wrapped());
  auto pump = open();
  const auto jobs = pump->take(2);
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].payload, kPlain);
  EXPECT_FALSE(jobs[0].id.empty());
  EXPECT_EQ(jobs[1].payload, kInner);
  EXPECT_EQ(jobs[1].id, "my-job");
  for (const auto& job : jobs) pump->ack(job);
  EXPECT_EQ(server.number({"LLEN", "resque:queue:default"}), 0);
}

TEST_F(Resque, AnIdleMasterIsWokenByAPush) {
  auto pump = open();
  pump->run_for(1, std::chrono::milliseconds{100});
  push(kPlain);
  EXPECT_EQ(pump->take_one().payload, kPlain);
}

TEST_F(Resque, ARetryKeepsIdCountersAndArguments) {
  push(kPlain);
  auto pump = open();
  const Delivery first = pump->take_one();
  pump->settle(first, retry_verdict(std::chrono::milliseconds{50}));
  const Delivery second = pump->take_one();
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.counters.attempts, 1U);
  EXPECT_EQ(second.history, retry_verdict().history);
  EXPECT_EQ(JsonObject::read(second.payload)->get("args"), R"([9007199254740993,[],"x"])");
}

TEST_F(Resque, EqualJobsThatWaitForARetryStayTwo) {
  push(kPlain);
  push(kPlain);
  auto pump = open();
  for (const auto& job : pump->take(2)) {
    pump->settle(job, retry_verdict(std::chrono::milliseconds{50}));
  }
  EXPECT_EQ(pump->take(2).size(), 2U);
}

TEST_F(Resque, ReleasedJobsKeepTheirPlace) {
  push(kPlain);
  push(wrapped());
  auto pump = open();
  pump->settle(pump->take_one(), release_verdict());
  EXPECT_EQ(server.list({"LRANGE", "resque:queue:default", "0", "-1"}),
            (std::vector<std::string>{kPlain, wrapped()}));
}

TEST_F(Resque, ADeadJobIsAmongResquesFailuresAndCanBeRetriedFromThere) {
  push(kPlain);
  auto pump = open();
  const Delivery job = pump->take_one();
  pump->settle(job, bury_verdict("gave up"));
  const auto failures = server.list({"LRANGE", "resque:failed", "0", "-1"});
  ASSERT_EQ(failures.size(), 1U);
  const auto failure = JsonObject::read(failures.front());
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->get("payload"), kPlain);
  EXPECT_EQ(failure->text("exception"), "Boom");
  EXPECT_EQ(failure->text("error"), "no \"luck\"");
  EXPECT_EQ(failure->get("backtrace"), R"(["a:1","b:2"])");
  EXPECT_EQ(failure->text("queue"), "default");
  EXPECT_TRUE(failure->text("failed_at")->ends_with(" UTC"));
  auto letters = dead_letters();
  auto letter = letters->find(job.id);
  ASSERT_TRUE(letter.ok()) << letter.error().text();
  EXPECT_EQ(letter->payload, kPlain);
  EXPECT_EQ(letter->reason, "gave up");
  EXPECT_EQ(*letters->retry({job.id}), 1U);
  const Delivery again = pump->take_one();
  EXPECT_EQ(again.id, job.id);
  EXPECT_EQ(again.counters, Counters{});
}

TEST_F(Resque, FailuresOfResquesOwnWorkersCanBeRetriedAndRemoved) {
  const std::string failure =
      R"({"failed_at":"2026/01/31 12:00:00 UTC","payload":)" + std::string(kPlain) +
      R"(,"exception":"E","error":"m","backtrace":[],"worker":"w","queue":"default"})";
  server.call({"RPUSH", "resque:failed", failure, failure});
  auto letters = dead_letters();
  const auto listed = letters->list("default", 10);
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ(*letters->remove_all("default"), 2U);
  server.call({"RPUSH", "resque:failed", failure});
  EXPECT_EQ(*letters->retry_all(""), 1U);
  EXPECT_EQ(JsonObject::read(open()->take_one().payload)->get("args"),
            R"([9007199254740993,[],"x"])");
}

TEST_F(Resque, WhatResqueSchedulerPutAsideIsRunInTime) {
  const std::string item = R"({"class":"Archive","args":[12345678901234567890],"queue":"default"})";
  const auto second = std::to_string(to_unix_micros(clock.wall_now()) / 1'000'000);
  server.call({"RPUSH", "resque:delayed:" + second, item});
  server.call({"SADD", "resque:timestamps:" + item, "delayed:" + second});
  server.call({"ZADD", "resque:delayed_queue_schedule", second, second});
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, item);
  EXPECT_EQ(server.number({"EXISTS", "resque:delayed_queue_schedule", "resque:delayed:" + second,
                           "resque:timestamps:" + item}),
            0);
}

TEST_F(Resque, EnqueuedJobsAreResques) {
  NewJob job;
  job.payload = kInner;
  enqueue(job);
  const auto list = server.list({"LRANGE", "resque:queue:default", "0", "-1"});
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(JsonObject::read(list.front())->get("args"), "[" + std::string(kInner) + "]");
  EXPECT_EQ(server.list({"SMEMBERS", "resque:queues"}), std::vector<std::string>{"default"});
  server.call({"DEL", "resque:queue:default"});
  job.run_at = clock.wall_now() + std::chrono::milliseconds{300};
  enqueue(job);
  EXPECT_EQ(server.number({"ZCARD", "resque:delayed_queue_schedule"}), 1);
  EXPECT_EQ(open()->take_one().payload, kInner);
}

}  // namespace
}  // namespace narwhal::test
