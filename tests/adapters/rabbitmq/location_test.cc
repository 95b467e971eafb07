#include "adapters/rabbitmq/location.h"

#include <gtest/gtest.h>

namespace narwhal::rabbitmq {
namespace {

using Options = std::map<std::string, std::string>;

Location good(const std::string& url, const Options& options = {}) {
  BrokerConfig config;
  config.url = url;
  config.options = options;
  Location location;
  for (const auto& mistake : read_location(config, location))
    ADD_FAILURE() << url << ": " << mistake.text;
  return location;
}

std::string mistake(const std::string& url, const Options& options = {}) {
  BrokerConfig config;
  config.url = url;
  config.options = options;
  Location location;
  const auto mistakes = read_location(config, location);
  EXPECT_EQ(mistakes.size(), 1U) << url;
  return mistakes.empty() ? "" : mistakes.front().text;
}

TEST(RabbitmqLocation, AHostIsEnough) {
  const Location location = good("amqp://rabbit");
  ASSERT_EQ(location.hosts.size(), 1U);
  EXPECT_EQ(location.hosts[0].text(), "rabbit:5672");
  EXPECT_EQ(location.vhost, "/");
  EXPECT_EQ(location.user, "guest");
  EXPECT_EQ(location.password, "guest");
  EXPECT_FALSE(location.tls.enabled);
}

TEST(RabbitmqLocation, EveryPartIsRead) {
  const Location location =
      good("amqps://us%40er:p%2Fa:s%3Fs@one:1,[::1]:2,three/a%2Fb?heartbeat=7&queue_type=quorum");
  EXPECT_EQ(location.user, "us@er");
  EXPECT_EQ(location.password, "p/a:s?s");
  ASSERT_EQ(location.hosts.size(), 3U);
  EXPECT_EQ(location.hosts[1].host, "::1");
  EXPECT_EQ(location.hosts[2].port, 5671);
  EXPECT_EQ(location.vhost, "a/b");
  EXPECT_EQ(location.heartbeat, 7);
  EXPECT_EQ(location.queues.type, "quorum");
  EXPECT_TRUE(location.tls.enabled);
}

TEST(RabbitmqLocation, AnEmptyPathIsTheDefaultVirtualHost) {
  EXPECT_EQ(good("amqp://h/").vhost, "/");
  EXPECT_EQ(good("amqp://h/%2F").vhost, "/");
}

TEST(RabbitmqLocation, PasswordsWithAnythingInThemStayHidden) {
  const Location location = good("amqp://u:p@a/s?s#w@h:5672/v");
  EXPECT_EQ(location.password, "p@a/s?s#w");
  EXPECT_EQ(location.shown.find("s?s"), std::string::npos);
}

TEST(RabbitmqLocation, MistakesAreNamed) {
  EXPECT_NE(mistake("amqp://").find("host"), std::string::npos);
  EXPECT_NE(mistake("amqp://h:0").find("port"), std::string::npos);
  EXPECT_NE(mistake("amqp://h/a/b").find("%2F"), std::string::npos);
  EXPECT_NE(mistake("amqp://h?colour=red").find("colour"), std::string::npos);
  EXPECT_NE(mistake("amqp://h", {{"queue_type", "stream"}}).find("stream"), std::string::npos);
  EXPECT_NE(mistake("amqp://h", {{"max_priority", "256"}}).find("256"), std::string::npos);
  EXPECT_NE(mistake("amqp://h", {{"ca", "file"}}).find("amqps"), std::string::npos);
  EXPECT_NE(mistake("amqps://h", {{"cert", "file"}}).find("together"), std::string::npos);
  EXPECT_NE(mistake("amqp://h", {{"queue_type", "quorum"}, {"max_priority", "5"}}).find("quorum"),
            std::string::npos);
}

TEST(RabbitmqLocation, QueuesThatDropJobsWithoutAWordAreRefused) {
  for (const char* name : {"x-message-ttl", "x-delivery-limit", "x-max-length", "x-expires"}) {
    EXPECT_NE(mistake("amqp://h", {{name, "1000"}}).find(name), std::string::npos);
  }
  const Options dead_letters = {{"x-message-ttl", "1000"}, {"x-dead-letter-exchange", "dlx"}};
  EXPECT_EQ(good("amqp://h", dead_letters).queues.arguments, dead_letters);
  good("amqp://h", {{"x-max-length", "10"}, {"x-overflow", "reject-publish"}});
}

}  // namespace
}  // namespace narwhal::rabbitmq
