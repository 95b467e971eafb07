// The producer, as it stores jobs and as it fails.
#include "adapters/kafka/kafka_producer.h"

#include <gtest/gtest.h>

#include "adapters/kafka/envelope.h"
#include "narwhal/new_job_rules.h"
#include "tests/support/kafka_proxy.h"
#include "tests/support/kafka_topics.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class KafkaProducerTest : public testing::Test {
 protected:
  std::unique_ptr<Producer> open(const std::string& url) {
    BrokerConfig config;
    config.url = url;
    config.max_payload = max_payload;
    auto producer = kafka::KafkaProducer::open(config);
    if (!producer.ok()) throw std::runtime_error(producer.error().text());
    return std::move(*producer);
  }
  std::string header(const KafkaTopics::Message& message, const std::string& name) {
    for (const auto& [key, value] : message.headers) {
      if (key == name) return value.value_or("(null)");
    }
    return "(none)";
  }
  Error failure(Producer& producer, const NewJob& job) {
    const auto begin = std::chrono::steady_clock::now();
    const auto stored = producer.enqueue(job);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds{30});
    EXPECT_FALSE(stored.ok());
    return stored.ok() ? Error{} : stored.error();
  }

  std::size_t max_payload = 1000;
  KafkaTopics topics;
};

TEST_F(KafkaProducerTest, AJobIsAMessageOfItsQueuesTopic) {
  const auto producer = open(topics.url());
  const auto id = producer->enqueue({.queue = "mail", .payload = "hello", .priority = -7});
  ASSERT_TRUE(id.ok()) << id.error().text();
  const auto messages = topics.read("mail");
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].payload, "hello");
  EXPECT_EQ(messages[0].key, std::nullopt);
  EXPECT_EQ(header(messages[0], "narwhal-id"), *id);
  EXPECT_EQ(header(messages[0], "narwhal-priority"), "-7");
  EXPECT_EQ(header(messages[0], "narwhal-due"), "(none)");
}

TEST_F(KafkaProducerTest, TopicsAreCreatedWithThoseBesideThem) {
  const auto producer = open(topics.url() + "&partitions=3");
  ASSERT_TRUE(producer->enqueue({.queue = "mail"}).ok());
  EXPECT_EQ(topics.queues().size(), 9U);
  EXPECT_EQ(topics.partitions("mail"), 3);
  EXPECT_EQ(topics.partitions("mail.retry.0"), 3);
  EXPECT_EQ(topics.partitions("mail.dead"), 1);
}

TEST_F(KafkaProducerTest, AnEmptyPayloadIsNotANullOne) {
  const auto producer = open(topics.url());
  ASSERT_TRUE(producer->enqueue({.queue = "mail"}).ok());
  EXPECT_EQ(topics.read("mail").at(0).payload, "");
}

TEST_F(KafkaProducerTest, ManyJobsKeepTheirOrder) {
  const auto producer = open(topics.url());
  std::vector<NewJob> jobs(5000);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].queue = "mail";
    jobs[i].payload = std::to_string(i);
  }
  const auto ids = producer->enqueue_all(jobs);
  ASSERT_TRUE(ids.ok()) << ids.error().text();
  const auto messages = topics.read("mail");
  ASSERT_EQ(messages.size(), jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    ASSERT_EQ(messages[i].payload, std::to_string(i));
    ASSERT_EQ(header(messages[i], "narwhal-id"), (*ids)[i]);
  }
}

TEST_F(KafkaProducerTest, ADelayedJobWaitsInTheLevelOfItsDelay) {
  const auto producer = open(topics.url());
  const WallTime now = SystemClock{}.wall_now();
  const auto put = [&](const char* payload, WallTime due) {
    EXPECT_TRUE(producer->enqueue({.queue = "mail", .payload = payload, .run_at = due}).ok());
  };
  put("past", now - seconds{5});
  put("30 s", now + seconds{30});
  put("3 h", now + hours{3});
  put("3 days", now + hours{72});
  EXPECT_EQ(topics.read("mail").at(0).payload, "past");
  const auto waiting = topics.read("mail.retry.8");
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].payload, "30 s");
  EXPECT_EQ(header(waiting[0], "narwhal-due"), std::to_string(to_unix_micros(now + seconds{30})));
  EXPECT_EQ(topics.read("mail.retry.3600").at(0).payload, "3 h");
  EXPECT_EQ(topics.read("mail.retry.28800").at(0).payload, "3 days");
}

TEST_F(KafkaProducerTest, WhatCannotBeAJobIsRefused) {
  const auto producer = open(topics.url());
  EXPECT_EQ(failure(*producer, {.queue = "mail", .payload = std::string(1001, 'x')}).kind,
            ErrorKind::too_large);
  for (const char* queue : {"", "mail.dead", "a b", "mail.retry.8"}) {
    EXPECT_EQ(failure(*producer, {.queue = queue}).kind, ErrorKind::invalid) << queue;
  }
  EXPECT_TRUE(topics.queues().empty()) << "nothing was created";
}

// The topic is another's, and set so.
TEST_F(KafkaProducerTest, AMessageThatTheServerFindsTooLargeIsAClearError) {
  topics.create("mail", 1, {{"max.message.bytes", "2000"}});
  max_payload = 100'000;
  const auto producer = open(topics.url());
  const Error error = failure(*producer, {.queue = "mail", .payload = std::string(50'000, 'x')});
  EXPECT_EQ(error.kind, ErrorKind::too_large) << error.text();
  EXPECT_NE(error.text().find("mail"), std::string::npos) << error.text();
  EXPECT_TRUE(producer->enqueue({.queue = "mail", .payload = "small"}).ok()) << "of use still";
}

TEST_F(KafkaProducerTest, TheLargestPayloadIsTaken) {
  max_payload = std::size_t{64} << 20U;
  const auto producer = open(topics.url());
  const auto stored =
      producer->enqueue({.queue = "mail", .payload = std::string(max_payload, 'x')});
  ASSERT_TRUE(stored.ok()) << stored.error().text();
  EXPECT_EQ(topics.end("mail"), 1);
}

TEST_F(KafkaProducerTest, NobodyThereIsSaidSoon) {
  const std::string place = "127.0.0.1:" + std::to_string(unused_port());
  BrokerConfig config;
  config.url = "kafka://" + place;
  const auto producer = kafka::KafkaProducer::open(config);
  ASSERT_FALSE(producer.ok());
  EXPECT_EQ(producer.error().kind, ErrorKind::unavailable);
  EXPECT_NE(producer.error().text().find(place), std::string::npos) << producer.error().text();
  EXPECT_NE(producer.error().text().find("refused"), std::string::npos) << producer.error().text();
}

TEST_F(KafkaProducerTest, AServerThatFallsSilentIsAnErrorAndNoHang) {
  KafkaProxy proxy(topics.server_port());
  const auto producer = open(topics.url(proxy.port()));
  ASSERT_TRUE(producer->enqueue({.queue = "mail", .payload = "before"}).ok());
  proxy.set_silent(true);
  EXPECT_EQ(failure(*producer, {.queue = "mail"}).kind, ErrorKind::unavailable);
  proxy.set_silent(false);
  ASSERT_TRUE(producer->enqueue({.queue = "mail", .payload = "after"}).ok());
}

TEST_F(KafkaProducerTest, AServerThatWentAwayAndCameBackIsUsedAgain) {
  KafkaProxy proxy(topics.server_port());
  const auto producer = open(topics.url(proxy.port()));
  ASSERT_TRUE(producer->enqueue({.queue = "mail", .payload = "before"}).ok());
  proxy.cut();
  EXPECT_EQ(failure(*producer, {.queue = "mail"}).kind, ErrorKind::unavailable);
  proxy.join();
  ASSERT_TRUE(producer->enqueue({.queue = "mail", .payload = "after"}).ok());
  EXPECT_EQ(topics.read("mail").back().payload, "after");
}

}  // namespace
}  // namespace narwhal::test
