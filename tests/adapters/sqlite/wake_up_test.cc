// How an idle master learns of new jobs, and that nothing else wakes it.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "sqlite_test.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;

class SqliteWakeUp : public SqliteTest {
 protected:
  // The beat, which looks too, is far away: what wakes the master is what the test is about.
  SqliteWakeUp() { lease = std::chrono::hours{3}; }

  // Idle: no descriptor is ready, and no timer runs but the beat's.
  bool idle(Pump& pump) {
    PollSet set;
    pump.broker().watch(set);
    const auto ready = set.wait(Duration{0});
    return ready.ok() && *ready == 0 &&
           pump.broker().wake_at() > real_clock.now() + std::chrono::minutes{10};
  }
  bool becomes_idle(Pump& pump) {
    return pump.until(1, [&] { return idle(pump); });
  }
};

TEST_F(SqliteWakeUp, AForeignDurableCommitIsSeen) {
  auto pump = open();
  auto other = raw();
  other.run("PRAGMA synchronous=FULL");
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(becomes_idle(*pump));
    std::thread writer([&] {
      other.run("INSERT INTO jobs (queue, payload) VALUES ('default', " + std::to_string(i) + ")");
    });
    const Delivery job = pump->take_one();
    writer.join();
    ASSERT_EQ(job.payload, std::to_string(i));
    pump->ack(job);
  }
}

// The log is written at once, the commit comes much later.
TEST_F(SqliteWakeUp, ASlowForeignTransactionIsSeen) {
  auto pump = open();
  auto other = raw();
  ASSERT_TRUE(becomes_idle(*pump));
  other.run("PRAGMA cache_size=5");
  std::thread writer([&] {
    other.run("BEGIN IMMEDIATE");
    for (int i = 0; i < 40; ++i) {
      other.run("INSERT INTO jobs (queue, payload) VALUES ('default', zeroblob(8000))");
    }
    std::this_thread::sleep_for(milliseconds{300});
    other.run("COMMIT");
  });
  EXPECT_EQ(pump->take(40).size(), 40U);
  writer.join();
}

TEST_F(SqliteWakeUp, AProducersByteIsEnough) {
  auto pump = open();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(becomes_idle(*pump));
    enqueue("wake up");
    pump->ack(pump->take_one());
  }
}

TEST_F(SqliteWakeUp, SeveralMastersAreAllWoken) {
  auto one = open("one");
  auto two = open("two");
  ASSERT_TRUE(becomes_idle(*one));
  ASSERT_TRUE(becomes_idle(*two));
  std::vector<NewJob> jobs(2);
  ASSERT_TRUE(producer()->enqueue_all(jobs).ok());
  EXPECT_EQ(one->take(1).size(), 1U);
  EXPECT_EQ(two->take(1).size(), 1U);
}

TEST_F(SqliteWakeUp, ADirectoryWithALongNameIsNoObstacle) {
  const auto deep = directory.path() / std::string(120, 'd') / std::string(120, 'e');
  std::filesystem::create_directories(deep);
  path = (deep / "queue.db").string();
  auto pump = open();
  ASSERT_TRUE(becomes_idle(*pump));
  EXPECT_TRUE(std::filesystem::is_socket(deep / "queue.db-wake-1"));
  enqueue("far down");
  EXPECT_EQ(pump->take_one().payload, "far down");
}

TEST_F(SqliteWakeUp, WorkIsFollowedByRest) {
  auto pump = open();
  for (int i = 0; i < 10; ++i) {
    enqueue("work");
    pump->ack(pump->take_one());
    // At most a turn that finds nothing; no series of looks after our own commits.
    pump->turn(1, Duration{0});
    EXPECT_TRUE(idle(*pump) || becomes_idle(*pump));
  }
}

TEST_F(SqliteWakeUp, AnotherQueuesTrafficIsForgottenAgain) {
  auto pump = open();
  auto other = raw();
  for (int i = 0; i < 20; ++i) {
    other.run("INSERT INTO jobs (queue, payload) VALUES ('not ours', 'x')");
    pump->turn(1, milliseconds{5});
  }
  EXPECT_TRUE(becomes_idle(*pump));
  EXPECT_TRUE(pump->deliveries.empty());
}

TEST_F(SqliteWakeUp, ABeatWakesOnlyOnce) {
  auto master = open_by_hand();
  master->must_turn(1);
  for (int beats = 0; beats < 5; ++beats) {
    clock.advance(lease / 3);
    master->must_turn(1);
    PollSet set;
    master->broker().watch(set);
    EXPECT_EQ(*set.wait(Duration{0}), 0);
    EXPECT_EQ(master->broker().wake_at(), clock.now() + lease / 3);
  }
}

TEST_F(SqliteWakeUp, NewsWakeNobodyWithoutRoomForJobs) {
  auto pump = open();
  ASSERT_TRUE(becomes_idle(*pump));
  pump->turn(0, Duration{0});
  enqueue("waiting");
  PollSet set;
  pump->broker().watch(set);
  EXPECT_EQ(*set.wait(milliseconds{50}), 0);
  EXPECT_EQ(pump->take_one().payload, "waiting");
}

TEST_F(SqliteWakeUp, AJobPublishedInsideIsRunByAnotherMaster) {
  auto busy = open("busy");
  auto idler = open("idle");
  ASSERT_TRUE(becomes_idle(*idler));
  ASSERT_TRUE(busy->publish(NewJob{}).ok());
  EXPECT_EQ(idler->take(1).size(), 1U);
}

}  // namespace
}  // namespace narwhal::test
