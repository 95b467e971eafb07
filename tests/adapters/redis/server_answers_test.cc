// Answers that a real server gives only in passing, from one that gives them as long as is asked.
#include "fake_server.h"
#include "redis_case.h"

namespace narwhal::test {
namespace {

class ServerAnswers : public RedisCase {
 protected:
  // A server whose turns are answered with `error` until it is well.
  std::string answer(const FakeServer::Command& command, const std::string& error,
                     bool everything) {
    const bool turn = is_turn(command);
    if (!well && (everything || turn)) return "-" + error + "\r\n";
    return ordinary_answer(command);
  }

  void expect_recovery(const std::string& error, bool everything) {
    well = false;
    FakeServer fake([&](const auto& command) { return answer(command, error, everything); });
    url = fake.url();
    Pump pump(open_broker());
    ASSERT_TRUE(pump.until(1, [&] { return pump.errors.size() >= 3; })) << error;
    EXPECT_TRUE(mentions(pump.errors, error.substr(0, error.find(' ')))) << pump.errors.front();
    // Every try costs a pause: the master's back-off, not a loop of our own. A session has three
    // connections: for commands, for news, and one that waits.
    EXPECT_LE(fake.connections(), 3 * static_cast<int>(pump.errors.size()) + 3);
    well = true;
    pump.errors.clear();
    EXPECT_TRUE(pump.serve()) << error;
    pump.run_for(1, std::chrono::milliseconds{50});
    EXPECT_TRUE(pump.errors.empty()) << error << ": " << pump.errors.front();
  }

  std::atomic<bool> well{false};
};

TEST_F(ServerAnswers, AServerThatIsLoadingIsWaitedFor) {
  expect_recovery("LOADING Redis is loading the dataset in memory", true);
  expect_recovery("LOADING Redis is loading the dataset in memory", false);
}

TEST_F(ServerAnswers, ADemotedServerIsLeft) {
  expect_recovery("READONLY You can't write against a read only replica.", false);
  expect_recovery("ERR Error running script (call to f_1): @user_script:1: -READONLY You can't",
                  false);
}

TEST_F(ServerAnswers, OtherPassingTroublesAreWaitedOut) {
  expect_recovery("MASTERDOWN Link with MASTER is down", true);
  expect_recovery("BUSY Redis is busy running a script.", false);
  expect_recovery("NOREPLICAS Not enough good replicas to write.", false);
  expect_recovery("MISCONF Redis is configured to save RDB snapshots", false);
  expect_recovery("WHATEVER no one has ever seen", false);
}

TEST_F(ServerAnswers, NonsenseEndsTheSessionAndNotTheMaster) {
  for (const std::string nonsense :
       {"$-2\r\n", "*1\r\n:1\r\n", "+OK\r\n", "*5\r\n*0\r\n$1\r\n-\r\n:0\r\n$0\r\n\r\n", "?\r\n",
        "$2147483648\r\nxx", "*8\r\n*0\r\n$1\r\n-\r\n:0\r\n$0\r\n\r\n:1\r\n:9\r\n:1\r\n*0\r\n"}) {
    well = false;
    std::atomic<bool> silent{false};  // after half an answer: the rest never comes
    FakeServer fake([&](const FakeServer::Command& command) -> std::string {
      if (well) return ordinary_answer(command);
      if (silent) return {};
      if (!is_turn(command)) return ordinary_answer(command);
      silent = nonsense.starts_with("$2147483648");
      return nonsense;
    });
    lease = std::chrono::seconds{2};  // so that half an answer is not waited for too long
    url = fake.url();
    Pump pump(open_broker());
    EXPECT_TRUE(pump.until(1, [&] { return !pump.errors.empty(); })) << nonsense;
    well = true;
    EXPECT_TRUE(pump.serve());
  }
}

TEST_F(ServerAnswers, AReplicaIsNoPlaceForJobs) {
  FakeServer fake([](const FakeServer::Command& command) -> std::string {
    if (command[0] == "INFO") return "$14\r\n\r\nrole:slave\r\n\r\n";
    return ordinary_answer(command);
  });
  url = fake.url();
  Pump pump(open_broker());
  ASSERT_TRUE(pump.until(1, [&] { return !pump.errors.empty(); }));
  EXPECT_TRUE(mentions(pump.errors, "replica"));
  EXPECT_FALSE(pump.broker().serving());
}

}  // namespace
}  // namespace narwhal::test
