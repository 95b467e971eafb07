// Drop-in service of an application's Sidekiq queues. The jobs are as Sidekiq 7 and 8 write them.
#include "adapters/redis/json_text.h"
#include "redis_case.h"

namespace narwhal::test {
namespace {

using redis::JsonObject;

constexpr const char* kPlain =
    R"({"retry":true,"queue":"default","class":"HardWorker","args":["bob",9007199254740993,[]],)"
    R"("jid":"b4a577edbccf1d805744efa9","created_at":1700000000.25,"enqueued_at":1700000000.5})";
constexpr const char* kInner =
    R"({"job_class":"MailJob","job_id":"11111111-2222-3333-4444-555555555555","queue_name":"default",)"
    R"("arguments":[ 1.0,{"_aj_symbol_keys":[]}],"executions":0})";

std::string wrapped(const std::string& wrapper) {
  return R"({"retry":true,"queue":"default","class":")" + wrapper +
         R"(","wrapped":"MailJob","args":[)" + kInner +
         R"(],"jid":"aaaaaaaaaaaaaaaaaaaaaaaa","created_at":1700000000250,)"
         R"("enqueued_at":1700000000500})";
}

class Sidekiq : public RedisCase {
 protected:
  Sidekiq() { options["format"] = "sidekiq"; }

  void push(const std::string& job) { server.call({"LPUSH", "queue:default", job}); }
  std::string only(const std::string& set) {
    const auto members = server.list({"ZRANGE", set, "0", "-1"});
    EXPECT_EQ(members.size(), 1U) << set;
    return members.empty() ? "{}" : members.front();
  }
  Delivery taken(const std::string& job) {
    push(job);
    pump = open();
    return pump->take_one();
  }

  std::unique_ptr<Pump> pump;
};

TEST_F(Sidekiq, APlainJobIsHandedOverAsItIs) {
  const Delivery job = taken(kPlain);
  EXPECT_EQ(job.payload, kPlain);
  EXPECT_EQ(job.id, "b4a577edbccf1d805744efa9");
  EXPECT_EQ(to_unix_micros(job.enqueued_at), 1'700'000'000'500'000);
  EXPECT_EQ(job.counters, Counters{});
  pump->ack(job);
  EXPECT_EQ(server.number({"LLEN", "queue:default"}), 0);
}

TEST_F(Sidekiq, AnActiveJobIsUnwrappedByteForByte) {
  pump = open();
  for (const auto* wrapper :
       {"Sidekiq::ActiveJob::Wrapper", "ActiveJob::QueueAdapters::SidekiqAdapter::JobWrapper"}) {
    push(wrapped(wrapper));
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.payload, kInner);
    EXPECT_EQ(job.id, "aaaaaaaaaaaaaaaaaaaaaaaa");
    EXPECT_EQ(to_unix_micros(job.enqueued_at), 1'700'000'000'500'000);
    pump->ack(job);
  }
}

TEST_F(Sidekiq, AFailedJobWaitsInSidekiqsRetrySet) {
  const Delivery job = taken(kPlain);
  pump->settle(job, retry_verdict(std::chrono::hours{1}));
  const std::string stored = only("retry");
  const auto entry = JsonObject::read(stored);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->get("args"), R"(["bob",9007199254740993,[]])");
  EXPECT_EQ(entry->text("jid"), job.id);
  EXPECT_EQ(entry->number("retry_count"), 0);
  EXPECT_EQ(entry->text("error_class"), "Boom");
  EXPECT_EQ(entry->text("error_message"), "no \"luck\"");
  EXPECT_EQ(entry->text("queue"), "default");
  EXPECT_LT(*entry->number("failed_at"), 1e11) << "seconds, as the producer writes times";
  const double score = std::stod(server.text({"ZSCORE", "retry", stored}));
  EXPECT_NEAR(score, *entry->number("failed_at") + 3600, 60);
}

TEST_F(Sidekiq, TimesAreMillisecondsWhereTheProducerWritesThose) {
  const Delivery job = taken(wrapped("Sidekiq::ActiveJob::Wrapper"));
  pump->settle(job, retry_verdict(std::chrono::hours{1}));
  const std::string stored = only("retry");
  EXPECT_GT(*JsonObject::read(stored)->number("failed_at"), 1e11);
}

TEST_F(Sidekiq, ARetryComesBackWithItsCounters) {
  const Delivery first = taken(wrapped("Sidekiq::ActiveJob::Wrapper"));
  pump->settle(first, retry_verdict(std::chrono::milliseconds{50}));
  const Delivery second = pump->take_one();
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.payload, kInner);
  EXPECT_EQ(second.counters.attempts, 1U);
  EXPECT_EQ(second.history, retry_verdict().history);
  pump->settle(second, retry_verdict(std::chrono::hours{1}, 2));
  const std::string stored = only("retry");
  EXPECT_EQ(JsonObject::read(stored)->number("retry_count"), 1);
  EXPECT_TRUE(JsonObject::read(stored)->get("retried_at").has_value());
}

TEST_F(Sidekiq, JobsThatSidekiqScheduledAreRunInTime) {
  const std::string later =
      R"({"retry":true,"queue":"default","class":"Later","args":[12345678901234567890,{}],)"
      R"("jid":"cccccccccccccccccccccccc","created_at":1700000000.25})";
  const auto due = std::to_string(to_unix_micros(clock.wall_now()) / 1'000'000);
  server.call({"ZADD", "schedule", due, later});
  server.call({"ZADD", "retry", due, "not json"});
  pump = open();
  const Delivery job = pump->take_one();
  const auto object = JsonObject::read(job.payload);
  ASSERT_TRUE(object.has_value()) << job.payload;
  EXPECT_EQ(object->get("args"), "[12345678901234567890,{}]");
  EXPECT_LT(*object->number("enqueued_at"), 1e11);
  EXPECT_EQ(job.id, "cccccccccccccccccccccccc");
  EXPECT_EQ(only("dead"), "not json") << "what nobody can read stops nobody else";
}

TEST_F(Sidekiq, ADeadJobIsInSidekiqsDeadSetAndCanBeRetriedFromThere) {
  const Delivery job = taken(kPlain);
  pump->settle(job, bury_verdict("gave up"));
  const std::string stored = only("dead");
  EXPECT_EQ(JsonObject::read(stored)->number("retry_count"), 24);
  EXPECT_EQ(JsonObject::read(stored)->text("error_class"), "Boom");
  auto letters = dead_letters();
  auto letter = letters->find(job.id);
  ASSERT_TRUE(letter.ok()) << letter.error().text();
  EXPECT_EQ(letter->queue, "default");
  EXPECT_EQ(letter->counters.attempts, 25U);
  EXPECT_EQ(*letters->retry({job.id}), 1U);
  const Delivery again = pump->take_one();
  EXPECT_EQ(again.id, job.id);
  EXPECT_EQ(again.counters, Counters{});
  EXPECT_EQ(JsonObject::read(again.payload)->get("args"), R"(["bob",9007199254740993,[]])");
}

TEST_F(Sidekiq, TheJobsOwnLimitsAreHonoured) {
  const std::string once =
      R"({"retry":1,"queue":"default","class":"Once","args":[],"jid":"dddddddddddddddddddddddd"})";
  const Delivery job = taken(once);
  pump->settle(job, retry_verdict(std::chrono::hours{1}, 2));
  EXPECT_EQ(server.number({"ZCARD", "retry"}), 0);
  EXPECT_EQ(server.number({"ZCARD", "dead"}), 1);
  push(R"({"retry":0,"dead":false,"queue":"default","class":"Never","args":[],"jid":"e"})");
  pump->settle(pump->take_one(), retry_verdict(std::chrono::hours{1}));
  EXPECT_EQ(server.number({"ZCARD", "dead"}), 1) << "dead: false asks to be dropped";
}

TEST_F(Sidekiq, AReleasedJobIsAsItWas) {
  const Delivery job = taken(kPlain);
  pump->settle(job, release_verdict());
  EXPECT_EQ(server.list({"LRANGE", "queue:default", "0", "-1"}),
            (std::vector<std::string>{kPlain}));
}

TEST_F(Sidekiq, ARewrittenJobGoesBackIntoItsWrapper) {
  Delivery job = taken(wrapped("Sidekiq::ActiveJob::Wrapper"));
  job.payload = R"({"job_class":"MailJob","executions":1})";
  Verdict verdict = retry_verdict(std::chrono::hours{1}, 0);
  verdict.rewritten = true;
  pump->settle(job, verdict);
  const std::string stored = only("schedule");
  EXPECT_EQ(JsonObject::read(stored)->get("args"), "[" + job.payload + "]");
}

TEST_F(Sidekiq, WhatIsNoJsonIsAJobAllTheSame) {
  pump = open();
  for (const std::string garbage : {"", "{", "[]", "null", "\xff\xfe", "{\"args\":[1]"}) {
    push(garbage);
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.payload, garbage);
    EXPECT_FALSE(job.id.empty());
    pump->settle(job, bury_verdict("unreadable"));
  }
  EXPECT_EQ(server.number({"ZCARD", "dead"}), 6);
}

TEST_F(Sidekiq, EnqueuedJobsAreSidekiqs) {
  NewJob job;
  job.payload = kInner;
  const std::string id = enqueue(job);
  const auto list = server.list({"LRANGE", "queue:default", "0", "-1"});
  ASSERT_EQ(list.size(), 1U);
  const auto object = JsonObject::read(list.front());
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ(object->text("jid"), id);
  EXPECT_EQ(object->text("wrapped"), "MailJob");
  EXPECT_EQ(server.list({"SMEMBERS", "queues"}), std::vector<std::string>{"default"});
  job.run_at = clock.wall_now() + std::chrono::hours{1};
  enqueue(job);
  EXPECT_FALSE(JsonObject::read(only("schedule"))->get("enqueued_at").has_value());
  auto producer = redis_broker_type().open_producer(config());
  ASSERT_TRUE(producer.ok());
  job.payload = "not a job";
  EXPECT_EQ((*producer)->enqueue(job).error().kind, ErrorKind::invalid);
}

TEST_F(Sidekiq, DepthsCountSidekiqsSets) {
  push(kPlain);
  server.call({"ZADD", "schedule", "9999999999", kPlain});
  server.call({"ZADD", "dead", "1", kPlain});
  pump = open();
  const auto depths = pump->depths();
  ASSERT_EQ(depths.size(), 1U);
  EXPECT_EQ(depths[0].ready, 1U);
  EXPECT_EQ(depths[0].delayed, 1U);
  EXPECT_EQ(depths[0].dead, 1U);
  EXPECT_GT(depths[0].oldest_ready_age, std::chrono::hours{24});
}

}  // namespace
}  // namespace narwhal::test
