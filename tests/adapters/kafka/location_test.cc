#include "adapters/kafka/location.h"

#include <gtest/gtest.h>

#include "adapters/kafka/conf.h"

namespace narwhal::kafka {
namespace {

std::vector<BrokerMistake> read(const std::string& url, const Properties& options,
                                Location& location) {
  BrokerConfig config;
  config.url = url;
  config.options = options;
  return read_location(config, location);
}

Location good(const std::string& url, const Properties& options = {}) {
  Location location;
  for (const auto& mistake : read(url, options, location)) {
    ADD_FAILURE() << url << ": " << mistake.text;
  }
  return location;
}

BrokerMistake mistake(const std::string& url, const Properties& options = {}) {
  Location location;
  const auto mistakes = read(url, options, location);
  EXPECT_EQ(mistakes.size(), 1U) << url;
  return mistakes.empty() ? BrokerMistake{} : mistakes.front();
}

TEST(KafkaLocation, AHostIsEnough) {
  const Location location = good("kafka://one");
  EXPECT_EQ(location.servers, "one:9092");
  EXPECT_EQ(location.group, "narwhal");
  EXPECT_EQ(location.client_id, "narwhal");
  EXPECT_EQ(location.order, Order::none);
  EXPECT_EQ(location.partitions, -1);
  EXPECT_TRUE(location.properties.empty());
}

TEST(KafkaLocation, EveryPartIsRead) {
  const Location location =
      good("kafka://one:1,[::1]:2,three/?group=g&order=key&compression.type=lz4",
           {{"group", "other"},
            {"partitions", "12"},
            {"replication", "3"},
            {"client_id", "me"},
            {"prefix", "shop."},
            {"socket.keepalive.enable", "true"}});
  EXPECT_EQ(location.servers, "one:1,[::1]:2,three:9092");
  EXPECT_EQ(location.group, "g");
  EXPECT_EQ(location.order, Order::key);
  EXPECT_EQ(location.partitions, 12);
  EXPECT_EQ(location.replication, 3);
  EXPECT_EQ(location.client_id, "me");
  EXPECT_EQ(location.topic("mail"), "shop.mail");
  EXPECT_EQ(location.properties,
            (Properties{{"compression.type", "lz4"}, {"socket.keepalive.enable", "true"}}));
}

TEST(KafkaLocation, AUserNeedsAWayIn) {
  EXPECT_NE(mistake("kafka://u:p@h").text.find("security.protocol"), std::string::npos);
  const Location location =
      good("kafka://us%40er:p%2Fa@h",
           {{"security.protocol", "sasl_plaintext"}, {"sasl.mechanisms", "PLAIN"}});
  EXPECT_EQ(location.properties.at("sasl.username"), "us@er");
  EXPECT_EQ(location.properties.at("sasl.password"), "p/a");
  EXPECT_EQ(location.shown.find("p%2Fa"), std::string::npos);
}

TEST(KafkaLocation, MistakesAreNamedWhereTheyAre) {
  EXPECT_NE(mistake("kafka://").text.find("host"), std::string::npos);
  EXPECT_NE(mistake("kafka://h:0").text.find("port"), std::string::npos);
  EXPECT_NE(mistake("kafka://h/topic").text.find("path"), std::string::npos);
  EXPECT_EQ(mistake("kafka://h?colour=red").key, "url");
  const BrokerMistake unknown = mistake("kafka://h", {{"colour", "red"}});
  EXPECT_NE(unknown.text.find("colour"), std::string::npos);
  EXPECT_EQ(unknown.key, "options.colour");
  EXPECT_NE(mistake("kafka://h", {{"order", "random"}}).text.find("random"), std::string::npos);
  EXPECT_NE(mistake("kafka://h", {{"partitions", "0"}}).text.find("10000"), std::string::npos);
  EXPECT_NE(mistake("kafka://h", {{"compression.type", "rar"}}).text.find("rar"),
            std::string::npos);
  EXPECT_NE(mistake("kafka://h?group=").text.find("empty"), std::string::npos);
}

TEST(KafkaLocation, WhatTheAdapterDecidesIsRefusedWithItsReason) {
  for (const char* name :
       {"bootstrap.servers", "group.id", "client.id", "enable.auto.commit", "auto.offset.reset",
        "enable.auto.offset.store", "acks", "enable.idempotence", "transactional.id",
        "session.timeout.ms", "message.max.bytes"}) {
    const BrokerMistake refused = mistake("kafka://h", {{name, "1"}});
    EXPECT_NE(refused.text.find("not to be set"), std::string::npos) << name;
    EXPECT_EQ(refused.key, std::string("options.") + name);
  }
  EXPECT_NE(mistake("kafka://h", {{"partition.assignment.strategy", "range"}}).text.find("sticky"),
            std::string::npos);
  good("kafka://h", {{"isolation.level", "read_uncommitted"}});
}

TEST(KafkaConf, TheOperatorWinsOverDefaultsAndNotOverWhatIsFixed) {
  const Location location = good("kafka://h", {{"linger.ms", "7"}, {"retries", "3"}});
  const auto conf =
      make_conf(location, {{"linger.ms", "1"}, {"log_level", "2"}}, {{"retries", "9"}});
  ASSERT_TRUE(conf.ok());
  const auto value = [&](const char* name) {
    char text[64];
    std::size_t size = sizeof(text);
    EXPECT_EQ(rd_kafka_conf_get(conf->get(), name, text, &size), RD_KAFKA_CONF_OK);
    return std::string(text);
  };
  EXPECT_EQ(value("bootstrap.servers"), "h:9092");
  EXPECT_EQ(value("linger.ms"), "7");
  EXPECT_EQ(value("log_level"), "2");
  EXPECT_EQ(value("retries"), "9");
}

TEST(KafkaConf, WhatOnlyShowsWhenAHandleIsMadeIsTheOperatorsMistakeToo) {
  const Location location =
      good("kafka://h", {{"security.protocol", "ssl"}, {"ssl.ca.location", "/nowhere/ca.pem"}});
  auto conf = make_conf(location, {}, {});
  ASSERT_TRUE(conf.ok());
  const auto handle = make_handle(RD_KAFKA_PRODUCER, std::move(*conf), location);
  ASSERT_FALSE(handle.ok());
  EXPECT_EQ(handle.error().kind, ErrorKind::invalid);
  EXPECT_NE(handle.error().text().find("ssl.ca.location"), std::string::npos)
      << handle.error().text();
}

}  // namespace
}  // namespace narwhal::kafka
