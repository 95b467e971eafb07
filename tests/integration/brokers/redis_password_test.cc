// Redis with a password: who may in, and that nobody else gets to see it.
#include "support/daemon/daemon_fixture.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {
namespace {

const std::string kPassword = "s3cr@t:/#%40";
const std::string kEncoded = "s3cr%40t%3A%2F%23%2540";

class PasswordTest : public ::testing::Test {
 protected:
  void use_url(const std::string& url) {
    config_.text("broker.url", url);
    write_file(directory_.file("narwhal.toml"), config_.to_toml());
  }
  [[nodiscard]] std::string url(const std::string& userinfo) const {
    return "redis://" + userinfo + "@127.0.0.1:" + std::to_string(port_) + "/0";
  }
  CommandResult narwhal(std::vector<std::string> arguments) {
    return run_narwhal(directory_.path(), std::move(arguments));
  }
  // The same from the command, the log, and whatever ps(1) shows.
  std::string all_that_is_shown(Daemon& daemon) {
    std::string shown = daemon.log();
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"check"},
                                               {"check", "--json"},
                                               {"check", "--connect"},
                                               {"check", "--connect", "--json"},
                                               {"enqueue", "--class", "NoOp"},
                                               {"dead", "list"},
                                               {"dead", "list", "--json"}}) {
      const CommandResult result = narwhal(arguments);
      shown += result.output + result.errors;
    }
    for (const Process& process : processes_in(directory_.path())) shown += process.title;
    return shown;
  }
  static void expect_no_secret(const std::string& shown) {
    EXPECT_EQ(shown.find(kPassword), std::string::npos) << shown;
    EXPECT_EQ(shown.find(kEncoded), std::string::npos) << shown;
    EXPECT_EQ(shown.find("wr0ng"), std::string::npos) << shown;
  }

  TestDirectory directory_;
  DaemonConfig config_;
  int port_ = unused_port();
  RedisServer server_{
      {"--user", "app", "on", ">" + kPassword, "~*", "&*", "+@all", "--user", "default", "off"},
      port_};
};

TEST_F(PasswordTest, NamedUserWithPasswordIsServed) {
  use_url(url("app:" + kEncoded));
  EXPECT_EQ(narwhal({"check", "--connect"}).code, 0);
  Daemon daemon(directory_, {});
  const CommandResult enqueued = narwhal({"enqueue", "--class", "Fail", "--args", "[\"no\"]"});
  EXPECT_EQ(enqueued.code, 0) << enqueued.errors;
  ASSERT_TRUE(daemon.logs("job failed"));
  daemon.signal(SIGUSR1);
  ASSERT_TRUE(daemon.logs("state=serving"));
  expect_no_secret(all_that_is_shown(daemon));
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

TEST_F(PasswordTest, WrongPasswordIsSaidWithoutSayingIt) {
  use_url(url("app:wr0ng"));
  const CommandResult check = narwhal({"check", "--connect"});
  EXPECT_EQ(check.code, 69);
  EXPECT_NE(check.output.find("WRONGPASS"), std::string::npos) << check.output;
  Daemon daemon(directory_, {});
  ASSERT_TRUE(daemon.logs("WRONGPASS"));
  EXPECT_TRUE(daemon.running());
  daemon.signal(SIGUSR1);
  ASSERT_TRUE(daemon.logs("state="));
  const CommandResult enqueued = narwhal({"enqueue", "--class", "NoOp"});
  EXPECT_EQ(enqueued.code, 69);
  EXPECT_NE(enqueued.errors.find("WRONGPASS"), std::string::npos) << enqueued.errors;
  expect_no_secret(all_that_is_shown(daemon));
}

TEST_F(PasswordTest, MissingPasswordIsSaid) {
  use_url("redis://127.0.0.1:" + std::to_string(port_));
  const CommandResult check = narwhal({"check", "--connect"});
  EXPECT_EQ(check.code, 69);
  EXPECT_NE(check.output.find("NOAUTH"), std::string::npos) << check.output;
}

}  // namespace
}  // namespace narwhal::test
