#include "adapters/beanstalkd/beanstalkd_type.h"

#include <gtest/gtest.h>

#include "adapters/beanstalkd/address.h"

namespace narwhal {
namespace {

std::string mistakes(const BrokerConfig& config) {
  std::string all;
  for (const auto& each : beanstalkd_broker_type().validate(config))
    all += each.key + ": " + each.text + "\n";
  return all;
}

BrokerConfig config_of(const std::string& url, const std::string& queue = "default") {
  BrokerConfig config;
  config.url = url;
  config.queues = {{queue, 0}};
  return config;
}

}  // namespace

TEST(BeanstalkdType, UrlsSayWhereTheServerIs) {
  auto place = beanstalkd::read_url("beanstalk://example.org");
  ASSERT_TRUE(place.ok());
  EXPECT_EQ(place->text(), "example.org:11300");
  EXPECT_EQ(beanstalkd::read_url("beanstalk://[::1]:4711")->host, "::1");
  EXPECT_EQ(beanstalkd::read_url("beanstalk://[::1]:4711")->port, 4711);
  EXPECT_EQ(beanstalkd::read_url("beanstalk://127.0.0.1:1/")->text(), "127.0.0.1:1");
  EXPECT_EQ(beanstalkd::read_url("beanstalk+unix:///run/b.sock")->path, "/run/b.sock");
  EXPECT_TRUE(beanstalkd::numeric_address(*beanstalkd::read_url("beanstalk://[::1]:4711")).ok());
  EXPECT_FALSE(beanstalkd::numeric_address(*place).ok());
}

TEST(BeanstalkdType, BadUrlsAreRefusedWithAReasonAndWithoutTheirSecrets) {
  for (const std::string url :
       {"beanstalk://", "beanstalk:host", "beanstalk://h:0", "beanstalk://h:65536",
        "beanstalk://h:x", "beanstalk://h/path", "beanstalk://h?x=1", "beanstalk+unix://relative",
        "beanstalk+unix://", "redis://h"}) {
    EXPECT_NE(mistakes(config_of(url)), "") << url;
  }
  const std::string text = mistakes(config_of("beanstalk://user:hunter2@h"));
  EXPECT_NE(text.find("no passwords"), std::string::npos);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_NE(mistakes(config_of("beanstalk+unix:///" + std::string(200, 'p'))), "");
}

TEST(BeanstalkdType, QueueNamesAreCheckedAndTheAllowedSetNamed) {
  const std::string url = "beanstalk://localhost";
  for (const std::size_t size : {std::size_t{1}, std::size_t{199}, std::size_t{200}}) {
    EXPECT_EQ(mistakes(config_of(url, std::string(size, 'q'))), "");
  }
  for (const std::string name :
       {"a:b", "-x", "a b", "a\r\nput 0 0 1 0", "\xf0\x9f\x90\x8b", "*", "staging_*", "über"}) {
    EXPECT_NE(mistakes(config_of(url, name)).find("letters, digits and"), std::string::npos)
        << name;
  }
  EXPECT_NE(mistakes(config_of(url, std::string(201, 'q'))).find("1 to 200"), std::string::npos);
  EXPECT_NE(mistakes(config_of(url, "mail.narwhal-dead")).find("dead letters"), std::string::npos);
  BrokerConfig twice = config_of(url);
  twice.queues.push_back({"default", 0});
  EXPECT_NE(mistakes(twice).find("named twice"), std::string::npos);
}

TEST(BeanstalkdType, OptionsAndNumbersOfQueuesAreChecked) {
  BrokerConfig config = config_of("beanstalk://localhost");
  config.options = {{"ttr", "60"}};
  EXPECT_EQ(mistakes(config), "");
  for (const std::string ttr : {"0", "-1", "1s", "", "99999999"}) {
    config.options = {{"ttr", ttr}};
    EXPECT_NE(mistakes(config).find("options.ttr: \"" + ttr + "\" is not"), std::string::npos)
        << ttr;
  }
  config.options = {{"tubes", "x"}};
  EXPECT_NE(mistakes(config).find("options.tubes: beanstalkd has one option, ttr"),
            std::string::npos);
  config.options.clear();
  for (int i = 0; i < 64; ++i) config.queues.push_back({"q" + std::to_string(i), 0});
  EXPECT_NE(mistakes(config).find("at most 64"), std::string::npos);
}

}  // namespace narwhal
