#include "adapters/kafka/topics.h"

#include <gtest/gtest.h>

#include "adapters/kafka/names.h"

namespace narwhal::kafka {
namespace {

TEST(KafkaTopics, AQueueIsATopicWithOthersBesideIt) {
  Location location;
  location.prefix = "shop.";
  location.partitions = 6;
  location.replication = 3;
  const auto topics = topics_of("mail", location, 5'000'000);
  ASSERT_EQ(topics.size(), 9U);
  EXPECT_EQ(topics.front().name, "shop.mail");
  EXPECT_EQ(topics[1].name, "shop.mail.retry.0");
  EXPECT_EQ(topics[7].name, "shop.mail.retry.28800");
  EXPECT_EQ(topics.back().name, "shop.mail.dead");
  EXPECT_EQ(topics.front().partitions, 6);
  EXPECT_EQ(topics[1].partitions, 6);
  EXPECT_EQ(topics[2].partitions, 1);
  for (const TopicSpec& topic : topics) {
    EXPECT_EQ(topic.replication, 3);
    EXPECT_EQ(topic.config.at("max.message.bytes"), std::to_string(5'000'000 + kEnvelopeRoom));
    EXPECT_EQ(topic.config.contains("cleanup.policy"), topic.name == "shop.mail.dead");
    EXPECT_TRUE(new_topic(topic).ok()) << topic.name;
  }
}

TEST(KafkaTopics, ManySmallMessagesAreStoredAtOnce) {
  EXPECT_EQ(topics_of("mail", {}, 1000).front().config.at("max.message.bytes"), "1048588");
}

TEST(KafkaTopics, NamesThatKafkaOrNarwhalTakesForItselfAreRefused) {
  for (const char* name : {"mail", "a", "Mail.2_b-c", "retry", "dead", "a.retry"}) {
    EXPECT_EQ(topic_name_problem(name), "") << name;
  }
  for (const char* name : {"", ".", "..", "a b", "a/b", "\xc3\xa4", "__consumer_offsets",
                           "mail.dead", "mail.retry.8", "a*"}) {
    EXPECT_NE(topic_name_problem(name), "") << name;
  }
  EXPECT_EQ(topic_name_problem(std::string(kLongestTopicName, 'a')), "");
  EXPECT_NE(topic_name_problem(std::string(kLongestTopicName + 1, 'a')), "");
  const std::string longest(kLongestTopicName, 'a');
  EXPECT_LE(retry_topic(longest, std::chrono::seconds{28800}).size(), 249U);
}

}  // namespace
}  // namespace narwhal::kafka
