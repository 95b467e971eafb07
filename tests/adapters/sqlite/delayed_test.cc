// Delayed jobs and the wall clock.
#include "sqlite_test.h"

namespace narwhal::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class SqliteDelayed : public SqliteTest {
 protected:
  // By the test's clock, as a foreign program would.
  void delay(const std::string& payload, Duration by, int count = 1) {
    const auto due = to_unix_micros(clock.wall_now()) + by.count() / 1000;
    raw().run("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
              std::to_string(count) +
              ") INSERT INTO jobs (queue, payload, state, run_at)"
              " SELECT 'default', '" +
              payload + "', 2, " + std::to_string(due) + " FROM n");
  }
};

TEST_F(SqliteDelayed, TheMasterSleepsUntilTheNextOneIsDue) {
  lease = hours{10};
  auto master = open_by_hand();
  delay("later", seconds{90});
  delay("sooner", seconds{60});
  for (int i = 0; i < 20; ++i) {
    clock.advance(milliseconds{8});
    master->must_turn(1);
  }
  EXPECT_LE(master->broker().wake_at(), clock.now() + seconds{60});
  EXPECT_GE(master->broker().wake_at(), clock.now() + seconds{59});
  clock.advance(seconds{59});
  master->must_turn(1);
  EXPECT_TRUE(master->events.deliveries.empty());
  clock.advance(seconds{1});
  master->must_turn(1);
  ASSERT_EQ(master->events.deliveries.size(), 1U);
  EXPECT_EQ(master->events.deliveries[0].payload, "sooner");
}

TEST_F(SqliteDelayed, AWallClockThatJumpsIsFollowed) {
  lease = hours{10};
  auto master = open_by_hand();
  delay("in two hours", hours{2});
  master->must_turn(1);
  clock.jump_wall(hours{2});
  master->broker().wall_clock_changed();
  EXPECT_LE(master->broker().wake_at(), clock.now());
  master->must_turn(1);
  EXPECT_EQ(master->events.deliveries.size(), 1U);
}

TEST_F(SqliteDelayed, AClockSetBackKeepsJobsWaiting) {
  lease = hours{10};
  auto master = open_by_hand();
  delay("in a minute", seconds{60});
  master->must_turn(1);
  clock.jump_wall(hours{-1});
  master->broker().wall_clock_changed();
  master->must_turn(1);
  clock.advance(seconds{61});
  master->must_turn(1);
  EXPECT_TRUE(master->events.deliveries.empty());
  clock.advance(hours{1});
  master->must_turn(1);
  EXPECT_EQ(master->events.deliveries.size(), 1U);
}

TEST_F(SqliteDelayed, ManyDueAtOnceComeInPieces) {
  auto master = open_by_hand();
  delay("crowd", Duration{0}, 1500);
  int turns = 0;
  while (master->events.deliveries.size() < 1500 && turns < 100) {
    master->must_turn(1000);
    ++turns;
  }
  EXPECT_EQ(master->events.deliveries.size(), 1500U);
  EXPECT_GT(turns, 2);
}

TEST_F(SqliteDelayed, AJobDueInTheFarFutureIsKept) {
  auto master = open_by_hand();
  raw().run(
      "INSERT INTO jobs (queue, payload, state, run_at)"
      " VALUES ('default', 'year 300000', 2, 9223372036854775807)");
  master->must_turn(1);
  clock.advance(hours{48});
  master->must_turn(1);
  EXPECT_TRUE(master->events.deliveries.empty());
  EXPECT_GT(master->broker().wake_at(), clock.now());
}

// A waiting job is nobody's, so no lease can run out over it (and none is renewed for it).
TEST_F(SqliteDelayed, LongerThanTheLeaseMeansOneRun) {
  lease = seconds{5};
  auto one = open_by_hand("one");
  auto two = open_by_hand("two");
  delay("once", seconds{60});
  for (int i = 0; i < 100; ++i) {
    clock.advance(seconds{1});
    one->must_turn(1);
    two->must_turn(1);
  }
  EXPECT_EQ(one->events.deliveries.size() + two->events.deliveries.size(), 1U);
}

}  // namespace
}  // namespace narwhal::test
