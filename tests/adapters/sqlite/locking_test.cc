// Other programs that lock the database: the master never waits, and loses nothing.
#include <atomic>
#include <map>
#include <thread>

#include "adapters/sqlite/lock_courtesy.h"
#include "sqlite_test.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

using SqliteLocking = SqliteTest;

TEST_F(SqliteLocking, CallsReturnWithTheWorkStillQueued) {
  enqueue("a");
  enqueue("b");
  auto master = open_by_hand();
  master->must_turn(1);
  ASSERT_EQ(master->events.deliveries.size(), 1U);
  auto other = raw();
  other.run("BEGIN IMMEDIATE");

  master->broker().settle(master->events.deliveries[0], Verdict{});
  master->must_turn(1);
  EXPECT_EQ(master->broker().unconfirmed(), 1U);
  EXPECT_EQ(master->events.deliveries.size(), 1U);
  EXPECT_TRUE(master->broker().serving());
  EXPECT_GT(master->broker().wake_at(), clock.now());
  EXPECT_LE(master->broker().wake_at(), clock.now() + milliseconds{50});

  other.run("COMMIT");
  clock.advance(milliseconds{50});
  master->must_turn(1);
  EXPECT_EQ(master->broker().unconfirmed(), 0U);
  ASSERT_EQ(master->events.deliveries.size(), 2U);
  EXPECT_EQ(master->events.deliveries[1].payload, "b");
}

TEST_F(SqliteLocking, AMasterThatIsRefusedAsksWritersToLetItGoFirst) {
  auto master = open_by_hand();
  const std::string side_file = path + "-owners";
  EXPECT_FALSE(sqlite::master_waits(side_file));
  auto other = raw();
  other.run("BEGIN IMMEDIATE");
  clock.advance(lease / 3);
  master->must_turn(1);
  EXPECT_TRUE(sqlite::master_waits(side_file));
  other.run("COMMIT");
  clock.advance(milliseconds{50});
  master->must_turn(1);
  EXPECT_FALSE(sqlite::master_waits(side_file));
}

TEST_F(SqliteLocking, AMasterThatStopsWhileItAsksStopsNoProducer) {
  auto master = open_by_hand();
  auto other = raw();
  other.run("BEGIN IMMEDIATE");
  clock.advance(lease / 3);
  master->must_turn(1);
  other.run("COMMIT");
  EXPECT_FALSE(enqueue("goes through").empty());
  EXPECT_TRUE(sqlite::master_waits(path + "-owners"));
  master->kill();
  EXPECT_FALSE(sqlite::master_waits(path + "-owners"));
}

// A producer's byte says that the lock is free: the pause is cut short.
TEST_F(SqliteLocking, AProducersCommitEndsThePause) {
  auto master = open_by_hand();
  auto other = raw();
  other.run("BEGIN IMMEDIATE");
  master->must_turn(1);
  EXPECT_GT(master->broker().wake_at(), clock.now());
  other.run("COMMIT");
  enqueue("now");
  master->must_turn(1);
  EXPECT_EQ(master->events.deliveries.size(), 1U);
}

TEST_F(SqliteLocking, AMasterStartedMeanwhileServesAfterwards) {
  enqueue("a");
  auto other = raw();
  other.run("BEGIN IMMEDIATE");
  HandDriven master(open_broker(clock), clock);
  ASSERT_TRUE(master.broker().connect(clock.now()).ok());
  master.must_turn(1);
  EXPECT_FALSE(master.broker().serving());
  other.run("COMMIT");
  clock.advance(milliseconds{50});
  master.must_turn(1);
  EXPECT_TRUE(master.broker().serving());
  EXPECT_EQ(master.events.deliveries.size(), 1U);
}

TEST_F(SqliteLocking, ALongLockIsReportedOnce) {
  auto master = open_by_hand();
  auto other = raw();
  other.run("BEGIN IMMEDIATE");
  for (int i = 0; i < 100; ++i) {
    clock.advance(seconds{1});
    master->must_turn(1);
  }
  ASSERT_EQ(master->events.notices.size(), 1U);
  EXPECT_NE(master->events.notices[0].text.find("locked"), std::string::npos);
}

// Nobody can beat while the database is locked, so nobody may be taken for dead because of it.
TEST_F(SqliteLocking, NoLeaseRunsOutBecauseOfALock) {
  enqueue("in hand");
  auto holder = open_by_hand("holder");
  holder->must_turn(1);
  ASSERT_EQ(holder->events.deliveries.size(), 1U);
  auto observer = open_by_hand("observer");
  auto other = raw();
  other.run("BEGIN IMMEDIATE");
  for (int i = 0; i < 20; ++i) {
    clock.advance(lease / 3);
    observer->must_turn(1);
    holder->must_turn(0);
  }
  other.run("COMMIT");
  clock.advance(milliseconds{50});
  observer->must_turn(1);
  clock.advance(lease / 3);
  observer->must_turn(1);
  EXPECT_TRUE(observer->events.deliveries.empty());
  holder->broker().settle(holder->events.deliveries[0], Verdict{});
  holder->must_turn(0);
  EXPECT_TRUE(holder->events.lost.empty());
  EXPECT_EQ(raw().integer("SELECT count(*) FROM jobs"), 0);
}

void run_jobs(Pump& pump, std::map<std::string, int>& runs) {
  pump.turn(4, milliseconds{5});
  while (!pump.deliveries.empty()) {
    ++runs[pump.deliveries.front().payload];
    pump.broker().settle(std::move(pump.deliveries.front()), Verdict{});
    pump.deliveries.pop_front();
  }
}

TEST_F(SqliteLocking, ATightProducerBesideTwoMastersStopsNobody) {
  constexpr int kJobs = 400;
  auto one = open("one");
  auto two = open("two");
  std::thread feeder([this] {
    auto source = producer();
    for (int i = 0; i < kJobs; ++i) {
      NewJob job;
      job.payload = std::to_string(i);
      EXPECT_TRUE(source->enqueue(job).ok());
    }
  });
  std::map<std::string, int> runs;
  const TimePoint deadline = real_clock.now() + Pump::kPatience * 2;
  while (runs.size() < kJobs && real_clock.now() < deadline) {
    run_jobs(*one, runs);
    run_jobs(*two, runs);
  }
  feeder.join();
  EXPECT_TRUE(one->confirm());
  EXPECT_TRUE(two->confirm());
  EXPECT_EQ(runs.size(), std::size_t{kJobs});
  for (const auto& [payload, count] : runs) EXPECT_EQ(count, 1) << payload;
  EXPECT_TRUE(one->errors.empty());
  EXPECT_TRUE(two->errors.empty());
}

TEST_F(SqliteLocking, RepeatedLocksUnderLoadLoseAndRepeatNothing) {
  constexpr std::size_t kJobs = 300;
  std::vector<NewJob> jobs(kJobs);
  for (std::size_t i = 0; i < kJobs; ++i) jobs[i].payload = std::to_string(i);
  ASSERT_TRUE(producer()->enqueue_all(jobs).ok());
  auto pump = open();
  std::atomic<bool> stop{false};
  std::thread locker([&] {
    auto other = raw();
    while (!stop) {
      other.run("BEGIN IMMEDIATE");
      std::this_thread::sleep_for(milliseconds{7});
      other.run("COMMIT");
      std::this_thread::sleep_for(milliseconds{1});
    }
  });
  std::map<std::string, int> runs;
  const TimePoint deadline = real_clock.now() + Pump::kPatience * 2;
  while (runs.size() < kJobs && real_clock.now() < deadline) run_jobs(*pump, runs);
  EXPECT_TRUE(pump->confirm());
  stop = true;
  locker.join();
  EXPECT_EQ(runs.size(), kJobs);
  for (const auto& [payload, count] : runs) EXPECT_EQ(count, 1) << payload;
  EXPECT_TRUE(pump->errors.empty());
  EXPECT_TRUE(pump->lost.empty());
}

TEST_F(SqliteLocking, APublishWaitsForTheLockInTheHelperThread) {
  auto pump = open();
  auto other = raw();
  other.run("BEGIN IMMEDIATE");
  pump->broker().publish(1, NewJob{});
  pump->run_for(0, milliseconds{100});
  EXPECT_EQ(pump->broker().unconfirmed(), 1U);
  other.run("COMMIT");
  EXPECT_TRUE(pump->confirm());
  ASSERT_TRUE(pump->until(0, [&] { return !pump->published.empty(); }));
  EXPECT_TRUE(pump->published[0].result.ok());
}

// A stopping master must not wait out the patience of its helper.
TEST_F(SqliteLocking, AMasterEndsAtOnceWhileAPublishWaits) {
  auto pump = open();
  auto other = raw();
  other.run("BEGIN IMMEDIATE");
  pump->broker().publish(1, NewJob{});
  pump->run_for(0, milliseconds{50});
  pump->kill();
  other.run("COMMIT");
  EXPECT_EQ(other.integer("SELECT count(*) FROM jobs"), 0);
}

}  // namespace
}  // namespace narwhal::test
