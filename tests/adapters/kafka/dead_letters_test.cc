// Dead letters as messages of a topic: listed, put back, crossed out.
#include "adapters/kafka/kafka_dead_letters.h"

#include <gtest/gtest.h>

#include "tests/support/kafka_topics.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {
namespace {

class KafkaDeadLettersTest : public testing::Test {
 protected:
  std::unique_ptr<DeadLetters> open(const std::string& url) {
    BrokerConfig config;
    config.url = url;
    config.queues = {{"mail", 0}, {"other", 0}};
    auto opened = kafka::KafkaDeadLetters::open(config);
    if (!opened.ok()) throw std::runtime_error(opened.error().text());
    return std::move(*opened);
  }
  // As an adapter leaves it.
  void bury(const std::string& id, const std::string& payload, const std::string& queue = "mail",
            const std::optional<std::string>& key = std::nullopt) {
    if (topics.partitions(queue) == 0) topics.create(queue);
    KafkaTopics::Message message{.payload = payload, .key = "letter of " + id};
    message.headers = {{"tenant", "acme"},
                       {"narwhal-id", id},
                       {"narwhal-attempts", "4"},
                       {"narwhal-crashes", "1"},
                       {"narwhal-history", "[{}]"},
                       {"narwhal-reason", "why"},
                       {"narwhal-enqueued-at", "1700000000000001"},
                       {"narwhal-died-at", "1700000000000002"}};
    if (key) message.headers.emplace_back("narwhal-key", *key);
    topics.put(queue + ".dead", message);
  }
  std::vector<std::string> ids(const std::string& queue = "", std::size_t limit = 100) {
    std::vector<std::string> found;
    auto listed = letters->list(queue, limit);
    EXPECT_TRUE(listed.ok()) << listed.error().text();
    for (const DeadLetter& letter : *listed) found.push_back(letter.id);
    return found;
  }
  static std::string header(const KafkaTopics::Message& message, const std::string& name) {
    for (const auto& [key, value] : message.headers) {
      if (key == name) return value.value_or("(null)");
    }
    return "(none)";
  }

  using Ids = std::vector<std::string>;
  KafkaTopics topics;
  std::unique_ptr<DeadLetters> letters = open(topics.url());
};

TEST_F(KafkaDeadLettersTest, AreListedOldestFirstWithAllThatIsKnown) {
  bury("1", std::string("\0\xff", 2));
  bury("2", "");
  bury("3", "x", "other");
  EXPECT_EQ(ids(), (Ids{"1", "2", "3"}));
  EXPECT_EQ(ids("other"), (Ids{"3"}));
  EXPECT_EQ(ids("", 1), (Ids{"1"}));
  const auto found = letters->find("1");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->queue, "mail");
  EXPECT_EQ(found->payload, std::string("\0\xff", 2));
  EXPECT_EQ(found->counters, (Counters{.attempts = 4, .crashes = 1, .postponed = 0}));
  EXPECT_EQ(found->history, "[{}]");
  EXPECT_EQ(found->reason, "why");
  EXPECT_EQ(found->enqueued_at, from_unix_micros(1'700'000'000'000'001));
  EXPECT_EQ(found->died_at, from_unix_micros(1'700'000'000'000'002));
}

TEST_F(KafkaDeadLettersTest, WhereThereIsNoTopicThereIsNone) {
  EXPECT_EQ(ids(), Ids{});
  EXPECT_EQ(letters->find("1").error().kind, ErrorKind::not_found);
  EXPECT_EQ(*letters->retry({"1"}), 0U);
  EXPECT_EQ(*letters->remove_all(""), 0U);
  EXPECT_TRUE(topics.queues().empty()) << "looking creates nothing";
}

TEST_F(KafkaDeadLettersTest, ARetriedOneIsAJobAgainWithItsKeyAndHeaders) {
  bury("1", "one", "mail", "customer");
  bury("2", "two");
  EXPECT_EQ(*letters->retry({"1", "unheard of"}), 1U);
  EXPECT_EQ(ids(), (Ids{"2"}));
  const auto jobs = topics.read("mail");
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].payload, "one");
  EXPECT_EQ(jobs[0].key, "customer");
  EXPECT_EQ(header(jobs[0], "tenant"), "acme");
  EXPECT_EQ(header(jobs[0], "narwhal-id"), "1");
  EXPECT_EQ(header(jobs[0], "narwhal-enqueued-at"), "1700000000000001");
  for (const char* gone : {"narwhal-attempts", "narwhal-crashes", "narwhal-history",
                           "narwhal-reason", "narwhal-died-at", "narwhal-key"}) {
    EXPECT_EQ(header(jobs[0], gone), "(none)") << gone;
  }
}

TEST_F(KafkaDeadLettersTest, ARemovedOneIsGone) {
  bury("1", "one");
  bury("2", "two");
  bury("3", "three", "other");
  EXPECT_EQ(*letters->remove({"2", "3"}), 2U);
  EXPECT_EQ(ids(), (Ids{"1"}));
  EXPECT_EQ(topics.end("mail"), 0);
}

TEST_F(KafkaDeadLettersTest, OneThatDiesAgainIsThereAgain) {
  bury("1", "one");
  EXPECT_EQ(*letters->retry({"1"}), 1U);
  bury("1", "one, later");
  EXPECT_EQ(ids(), (Ids{"1"}));
  EXPECT_EQ(letters->find("1")->payload, "one, later");
}

TEST_F(KafkaDeadLettersTest, AllOfAQueueAreActedOnByTheHundred) {
  for (int i = 0; i < 300; ++i) bury(std::to_string(i), "x");
  bury("stays", "x", "other");
  EXPECT_EQ(*letters->retry_all("mail"), 300U);
  EXPECT_EQ(topics.end("mail"), 300);
  EXPECT_EQ(ids(), (Ids{"stays"}));
  EXPECT_EQ(*letters->remove_all(""), 1U);
  EXPECT_EQ(ids(), Ids{});
}

TEST_F(KafkaDeadLettersTest, NobodyThereIsSaidSoon) {
  const std::string place = "127.0.0.1:" + std::to_string(unused_port());
  BrokerConfig config;
  config.url = "kafka://" + place;
  config.queues = {{"mail", 0}};
  const auto opened = kafka::KafkaDeadLetters::open(config);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::unavailable);
  EXPECT_NE(opened.error().text().find(place), std::string::npos) << opened.error().text();
}

}  // namespace
}  // namespace narwhal::test
