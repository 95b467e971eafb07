// The server of the tests itself: what they rely on.
#include <gtest/gtest.h>

#include "tests/support/kafka_proxy.h"
#include "tests/support/kafka_topics.h"

namespace narwhal::test {
namespace {

TEST(KafkaServerOfTests, HoldsWhatAnyProgramPutsThere) {
  KafkaTopics topics;
  topics.put("mail", {.payload = "one", .key = "k", .headers = {{"a", "1"}, {"b", std::nullopt}}});
  topics.put("mail", {.payload = std::nullopt, .key = ""});
  const auto messages = topics.read("mail");
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].payload, "one");
  EXPECT_EQ(messages[0].key, "k");
  ASSERT_EQ(messages[0].headers.size(), 2U);
  EXPECT_EQ(messages[0].headers[1].second, std::nullopt);
  EXPECT_EQ(messages[1].payload, std::nullopt);
  EXPECT_EQ(messages[1].key, "");
  EXPECT_EQ(messages[1].offset, 1);
}

TEST(KafkaServerOfTests, IsSharedByTestsThatSeeTheirOwnTopicsOnly) {
  KafkaTopics one;
  KafkaTopics other;
  one.create("mail", 2);
  one.grow("mail", 3);
  EXPECT_EQ(one.partitions("mail"), 3);
  EXPECT_EQ(other.partitions("mail"), 0);
  one.put("mail", {.payload = "x", .partition = 2});
  one.put("mail", {.payload = "y", .partition = 2});
  EXPECT_EQ(one.end("mail", 2), 2);
  one.forget_before("mail", 2, 1);
  ASSERT_EQ(one.read("mail").size(), 1U);
  EXPECT_EQ(one.read("mail")[0].payload, "y");
  EXPECT_EQ(one.committed("mail", 2).offset, -1);
  EXPECT_EQ(one.queues(), std::vector<std::string>{"mail"});
  one.remove("mail");
}

// A client asks the first server for the names of all and goes on by those.
TEST(KafkaServerOfTests, IsNamedByAProxyAsItself) {
  const KafkaTopics direct;
  KafkaProxy proxy(direct.server_port());
  const KafkaTopics through(proxy.port());
  EXPECT_EQ(direct.server_named(), "127.0.0.1:" + std::to_string(direct.server_port()));
  EXPECT_EQ(through.server_named(), "127.0.0.1:" + std::to_string(proxy.port()));
}

}  // namespace
}  // namespace narwhal::test
