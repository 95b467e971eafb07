// The commands on a real SQLite queue: what they store is what a worker gets, and what a worker
// gave up is what they show.
#include <gtest/gtest.h>

#include <chrono>

#include "adapters/sqlite/sqlite_type.h"
#include "tests/unit/cli/command_fixture.h"

namespace narwhal {
namespace {

using namespace std::chrono_literals;

class SqliteCommands : public CommandFixture {
 protected:
  SqliteCommands() : CommandFixture(sqlite_broker_type()) {
    url_ = "sqlite:" + (folder_ / "jobs.db").string();
    write_config("[app]\ncommand = [\"true\"]\n[[broker]]\nurl = \"" + url_ +
                 "\"\nqueues = [\"default\", \"キュー\"]\n");
  }

  // Takes up to `count` jobs from the queue as a daemon would and settles each by `verdict`.
  std::vector<Delivery> consume(std::size_t count, const Verdict& verdict) {
    BrokerConfig config;
    config.url = url_;
    config.queues = {{"default", 0}, {"キュー", 0}};
    const SystemClock clock;
    BrokerContext context{"test", 10, 30s, config.max_payload, &clock};
    auto opened = sqlite_broker_type().open(config, context);
    if (!opened) {
      ADD_FAILURE() << opened.error().text();
      return {};
    }
    Broker& broker = **opened;
    EXPECT_TRUE(broker.connect(clock.now()).ok());
    std::vector<Delivery> taken;
    const TimePoint deadline = clock.now() + 10s;
    while ((taken.size() < count || broker.unconfirmed() > 0) && clock.now() < deadline) {
      const int want = static_cast<int>(count - taken.size());
      BrokerEvents events = turn(broker, clock, want);
      for (Delivery& delivery : events.deliveries) {
        taken.push_back(delivery);
        broker.settle(std::move(delivery), verdict);
      }
      EXPECT_TRUE(broker.flush(clock.now(), 0).ok());
    }
    EXPECT_EQ(taken.size(), count);
    return taken;
  }

  std::string url_;

 private:
  static BrokerEvents turn(Broker& broker, const Clock& clock, int want) {
    PollSet set;
    broker.watch(set);
    EXPECT_TRUE(set.wait(10ms).ok());
    BrokerEvents events;
    EXPECT_TRUE(broker.step(set, clock.now(), want, events).ok());
    return events;
  }
};

Verdict bury() {
  Verdict verdict;
  verdict.action = Verdict::Action::bury;
  verdict.counters = {25, 2, 0};
  verdict.reason = "RuntimeError: no";
  verdict.history = R"([{"outcome":"failed","message":"no"}])";
  return verdict;
}

TEST_F(SqliteCommands, AnEnqueuedJobArrivesByteForByte) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i % 256);
  ASSERT_EQ(run({"enqueue", "--queue", "キュー", "--priority", "3", "--id", "mine", "-"}, bytes), 0)
      << err();
  EXPECT_EQ(out(), "mine\n");
  const auto taken = consume(1, Verdict{});
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].id, "mine");
  EXPECT_EQ(taken[0].queue, "キュー");
  EXPECT_EQ(taken[0].payload, bytes);
  EXPECT_EQ(taken[0].priority, 3);
}

TEST_F(SqliteCommands, BulkArrivesWhole) {
  std::string lines;
  for (int i = 0; i < 2'500; ++i) lines += "job " + std::to_string(i) + "\n";
  ASSERT_EQ(run({"enqueue", "--bulk"}, lines), 0) << err();
  EXPECT_EQ(out(), "2500\n");
  const auto taken = consume(2'500, Verdict{});
  EXPECT_EQ(taken.front().payload, "job 0");
  EXPECT_EQ(taken.back().payload, "job 2499");
}

TEST_F(SqliteCommands, DeadLettersAreListedShownRetriedAndDeleted) {
  ASSERT_EQ(run({"enqueue", "--id", "first", R"({"job_class":"MailJob"})"}), 0) << err();
  ASSERT_EQ(run({"enqueue", "--id", "second", "x"}), 0) << err();
  consume(2, bury());
  ASSERT_EQ(run({"dead", "list"}), 0) << err();
  EXPECT_NE(out().find("first"), std::string::npos) << out();
  EXPECT_NE(out().find("MailJob"), std::string::npos) << out();
  ASSERT_EQ(run({"dead", "show", "first"}), 0) << err();
  EXPECT_NE(out().find("attempts     25\ncrashes      2\n"), std::string::npos) << out();
  EXPECT_NE(out().find("    message      no\n"), std::string::npos) << out();
  ASSERT_EQ(run({"dead", "retry", "first"}), 0) << err();
  const auto again = consume(1, Verdict{});
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].id, "first");
  EXPECT_EQ(again[0].counters, Counters{});
  EXPECT_EQ(run({"dead", "delete", "first"}), 65);
  EXPECT_EQ(err(), "narwhal: no dead job first\n");
  EXPECT_EQ(run({"dead", "delete", "--all"}), 0) << err();
  EXPECT_EQ(out(), "deleted 1\n");
  EXPECT_EQ(run({"dead", "list", "--all"}), 0);
  EXPECT_EQ(out(), "no dead jobs\n");
}

TEST_F(SqliteCommands, CheckConnectOpensTheQueue) {
  EXPECT_EQ(run({"check", "--connect"}), 0) << out() << err();
  write_config("[app]\ncommand = [\"true\"]\n[[broker]]\nurl = \"sqlite:/nonexistent/jobs.db\"\n");
  EXPECT_EQ(run({"check", "--connect"}), 69);
  EXPECT_NE(out().find("/nonexistent"), std::string::npos) << out();
  EXPECT_NE(run({"enqueue", "x"}), 0);
  EXPECT_NE(err().find("/nonexistent"), std::string::npos) << err();
}

}  // namespace
}  // namespace narwhal
