#include "adapters/redis/location.h"

#include <gtest/gtest.h>

#include "adapters/redis/redis_type.h"

namespace narwhal::redis {
namespace {

Location read(const std::string& url, std::map<std::string, std::string> options = {}) {
  BrokerConfig config;
  config.url = url;
  config.options = std::move(options);
  auto location = locate(config);
  EXPECT_TRUE(location.ok()) << location.error().text();
  return location.ok() ? *location : Location{};
}

std::vector<BrokerMistake> mistakes(const std::string& url,
                                    std::map<std::string, std::string> options = {}) {
  BrokerConfig config;
  config.url = url;
  config.options = std::move(options);
  Location location;
  return read_location(config, location);
}

TEST(Location, OfAServer) {
  const Location location = read("redis://example.com");
  ASSERT_EQ(location.hosts.size(), 1U);
  EXPECT_EQ(location.hosts[0].host, "example.com");
  EXPECT_EQ(location.hosts[0].port, 6379);
  EXPECT_EQ(location.db, 0);
  EXPECT_FALSE(location.tls.enabled);
  EXPECT_TRUE(location.tls.verify);
}

TEST(Location, WithEverything) {
  const Location location = read("rediss://us%40er:p%2Fa%3As@[::1]:7000/3");
  EXPECT_EQ(location.user, "us@er");
  EXPECT_EQ(location.password, "p/a:s");
  EXPECT_EQ(location.hosts[0].host, "::1");
  EXPECT_EQ(location.hosts[0].port, 7000);
  EXPECT_EQ(location.db, 3);
  EXPECT_TRUE(location.tls.enabled);
  EXPECT_EQ(location.shown.find("p%2Fa"), std::string::npos);
}

TEST(Location, OfASocket) {
  const Location location = read("redis+unix:///run/redis%20x.sock?db=2", {{"password", "s"}});
  EXPECT_EQ(location.socket_path, "/run/redis x.sock");
  EXPECT_EQ(location.db, 2);
  EXPECT_EQ(location.password, "s");
}

TEST(Location, OfSentinels) {
  const Location location = read("redis+sentinel://:pw@a,b:7,[::1]:8/mymaster/4");
  ASSERT_EQ(location.hosts.size(), 3U);
  EXPECT_EQ(location.hosts[0].port, 26379);
  EXPECT_EQ(location.hosts[1].port, 7);
  EXPECT_EQ(location.hosts[2].host, "::1");
  EXPECT_EQ(location.master_name, "mymaster");
  EXPECT_EQ(location.password, "pw");
  EXPECT_EQ(location.db, 4);
}

TEST(Location, OfACluster) {
  const Location location =
      read("rediss+cluster://us:pw@a,b:7,[::1]:8?prefix={mail}:", {{"ca", "/ca"}});
  ASSERT_EQ(location.hosts.size(), 3U);
  EXPECT_EQ(location.hosts[0].port, 6379);
  EXPECT_EQ(location.hosts[2], (HostPort{"::1", 8}));
  EXPECT_TRUE(location.cluster);
  EXPECT_TRUE(location.tls.enabled);
  EXPECT_EQ(location.password, "pw");
  EXPECT_EQ(location.prefix, "{mail}:");
}

TEST(Location, ResqueHasItsOwnPrefix) {
  EXPECT_EQ(read("redis://h", {{"format", "resque"}}).prefix, "resque:");
  EXPECT_EQ(read("redis://h", {{"format", "resque"}, {"prefix", ""}}).prefix, "");
  EXPECT_EQ(read("redis://h?format=sidekiq").format, FormatKind::sidekiq);
}

TEST(Location, MistakesAreNamed) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"redis://", "host"},
      {"redis://h:0", "out of range"},
      {"redis://h:70000", "out of range"},
      {"redis://h:6379x", "host"},
      {"redis://h/x", "database"},
      {"redis://a,b", "sentinel"},
      {"redis+unix://h/x", "redis+unix:///"},
      {"redis+unix://", "redis+unix:///"},
      {"redis+sentinel://h", "master"},
      {"redis+cluster://?prefix={x}", "host"},
      {"redis+cluster://a,b", "hash tag"},
      {"redis+cluster://a/1?prefix={x}:", "database 0 only"},
      {"http://h", "redis://"},
      {"nonsense", "redis://"},
      {"redis://h?nope=1", "nope"},
  };
  for (const auto& [url, part] : wrong) {
    const auto found = mistakes(url);
    ASSERT_EQ(found.size(), 1U) << url;
    EXPECT_NE(found[0].text.find(part), std::string::npos) << url << ": " << found[0].text;
    EXPECT_EQ(found[0].key, "url") << url;
  }
  const auto of_option = [](const std::string& url, const std::string& name,
                            const std::string& value) {
    const auto found = mistakes(url, {{name, value}});
    ASSERT_EQ(found.size(), 1U) << name;
    EXPECT_EQ(found[0].key, "options." + name);
  };
  of_option("redis://h", "format", "celery");
  of_option("redis://h", "db", "x");
  of_option("redis+cluster://h?prefix={x}", "db", "2");
  of_option("redis+cluster://h", "prefix", "x:");
  of_option("redis://h", "nope", "x");
  of_option("redis://h", "ca", "x");
  of_option("rediss://h", "cert", "x");
  of_option("rediss://h", "verify", "maybe");
}

TEST(RedisType, RefusesQueuesItCannotServe) {
  BrokerConfig config;
  config.url = "redis://h";
  config.queues = {{"a*", 0}, {"b", 0}, {"b", 0}};
  EXPECT_EQ(redis_broker_type().validate(config).size(), 2U);
}

}  // namespace
}  // namespace narwhal::redis
