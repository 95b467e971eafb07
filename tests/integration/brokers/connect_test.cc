// `narwhal check --connect`, and a daemon whose broker is not there when it starts.
#include "integration/brokers/broker_test.h"

namespace narwhal::test {
namespace {

class ConnectTest : public BrokerTest {};
NARWHAL_ON_BROKER(ConnectTest);

TEST_P(ConnectTest, CheckConnectsToTheBroker) {
  write_config();
  const CommandResult text = narwhal({"check", "--connect"});
  EXPECT_EQ(text.code, 0) << text.errors;
  EXPECT_NE(text.output.find("broker 1 (" + host->url() + "): ok"), std::string::npos)
      << text.output;
  const CommandResult json = narwhal({"check", "--connect", "--json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_NE(json.output.find(R"("ok":true)"), std::string::npos) << json.output;
}

TEST_P(ConnectTest, CheckSaysThatTheBrokerIsUnreachable) {
  write_config();
  server().kill();
  const CommandResult text = narwhal({"check", "--connect"});
  EXPECT_EQ(text.code, 69) << text.output;
  EXPECT_NE(text.output.find("broker 1 (" + host->url() + "): unable to "), std::string::npos)
      << text.output;
  const CommandResult json = narwhal({"check", "--connect", "--json"});
  EXPECT_EQ(json.code, 69);
  EXPECT_EQ(json.output.find(R"({"ok":false)"), 0U) << json.output;
  // Without --connect nobody is asked.
  EXPECT_EQ(narwhal({"check"}).code, 0);
}

TEST_P(ConnectTest, DaemonWaitsForABrokerThatIsNotThereYet) {
  const auto jobs = queue.add_many(20, "Marker", marker());
  server().kill();
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.logs("broker unreachable", 3)) << daemon.log();
  EXPECT_TRUE(daemon.running());
  server().start();
  ASSERT_TRUE(all_marked(20, "end")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(daemon.log_count("broker serving"), 1);
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

}  // namespace
}  // namespace narwhal::test
