// Masters that die, vanish or are wrongly missed; see also the contract suite.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "sqlite_test.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SqliteRecovery : public SqliteTest {
 protected:
  // A master that this host's kernel can say nothing about, with a job in hand.
  void leave_foreign_owner(const std::string& name) {
    const std::string id = enqueue("orphan");
    auto database = raw();
    database.run("INSERT INTO owners (name, boot, pid, started_at, lock_file) VALUES ('" + name +
                 "', 'another boot', 1, 0, 0)");
    database.run("UPDATE jobs SET state = 1, owner = last_insert_rowid() WHERE job = '" + id + "'");
  }
};

TEST_F(SqliteRecovery, OfAnotherKernelsMasterWaitsForItsLease) {
  leave_foreign_owner("stranger");
  auto master = open_by_hand("heir");
  for (Duration waited{0}; waited < lease; waited += lease / 3) {
    master->must_turn(1);
    EXPECT_TRUE(master->events.deliveries.empty());
    clock.advance(lease / 3);
  }
  master->must_turn(1);
  ASSERT_EQ(master->events.deliveries.size(), 1U);
  EXPECT_EQ(master->events.deliveries[0].counters.crashes, 1U);
}

TEST_F(SqliteRecovery, OfAnotherKernelsMasterNeverComesWhileItBeats) {
  leave_foreign_owner("stranger");
  auto master = open_by_hand("heir");
  for (int i = 0; i < 20; ++i) {
    raw().run("UPDATE owners SET beat = beat + 1 WHERE name = 'stranger'");
    clock.advance(lease / 3);
    master->must_turn(1);
  }
  EXPECT_TRUE(master->events.deliveries.empty());
}

TEST_F(SqliteRecovery, OfAMasterThatEndedInGoodOrderThereIsNothingToSay) {
  {
    auto first = open_by_hand("first");
    first->must_turn(1);
  }
  auto second = open_by_hand("second");
  second->must_turn(1);
  EXPECT_TRUE(second->events.notices.empty());
}

// After a reboot the jobs in hand before it are not kept waiting.
TEST_F(SqliteRecovery, OfOurselvesBeforeARebootIsImmediate) {
  leave_foreign_owner("same name");
  auto master = open_by_hand("same name");
  master->must_turn(1);
  EXPECT_EQ(master->events.deliveries.size(), 1U);
}

TEST_F(SqliteRecovery, ClockJumpsTakeNothingFromTheLiving) {
  enqueue("in hand");
  auto holder = open_by_hand("holder");
  holder->must_turn(1);
  auto observer = open_by_hand("observer");
  for (const auto jump : {std::chrono::hours{2}, std::chrono::hours{-4}}) {
    clock.jump_wall(jump);
    for (auto* master : {holder.get(), observer.get()}) {
      master->broker().wall_clock_changed();
      clock.advance(milliseconds{1});
      master->must_turn(master == observer.get() ? 1 : 0);
    }
  }
  EXPECT_TRUE(observer->events.deliveries.empty());
  EXPECT_TRUE(holder->events.lost.empty());
}

TEST_F(SqliteRecovery, ALostSideFileMakesNobodyDead) {
  enqueue("in hand");
  auto holder = open_by_hand("holder");
  holder->must_turn(1);
  std::filesystem::remove(path + "-owners");
  auto observer = open_by_hand("observer");
  for (int i = 0; i < 10; ++i) {
    clock.advance(lease / 3);
    observer->must_turn(1);
    holder->must_turn(0);
  }
  EXPECT_TRUE(observer->events.deliveries.empty());
  EXPECT_TRUE(holder->events.lost.empty());

  // And death is proven again, by the new file.
  holder->kill();
  clock.advance(lease / 3);
  observer->must_turn(1);
  EXPECT_EQ(observer->events.deliveries.size(), 1U);
}

TEST_F(SqliteRecovery, AMasterTakenForDeadLosesItsJobsAndGoesOn) {
  enqueue("contested");
  auto stopped = open_by_hand("stopped");
  stopped->must_turn(1);
  const Delivery job = stopped->events.deliveries.at(0);
  auto other = open_by_hand("other");
  for (int i = 0; i < 4; ++i) {
    clock.advance(lease / 3);
    other->must_turn(1);
  }
  ASSERT_EQ(other->events.deliveries.size(), 1U);
  stopped->must_turn(1);  // it beats, and finds out before its job has ended
  ASSERT_EQ(stopped->events.lost.size(), 1U);
  EXPECT_EQ(stopped->events.lost[0].reservation, job.reservation);
  stopped->broker().settle(job, Verdict{});
  EXPECT_EQ(stopped->broker().unconfirmed(), 0U);
  enqueue("another");
  clock.advance(lease / 3);
  stopped->must_turn(1);
  EXPECT_EQ(stopped->events.deliveries.back().payload, "another");
  EXPECT_EQ(raw().integer("SELECT count(*) FROM owners"), 2);
}

TEST_F(SqliteRecovery, OneUnreadableJobHoldsUpNoOther) {
  for (int i = 0; i < 5; ++i) enqueue(std::to_string(i));
  auto victim = open("victim");
  ASSERT_EQ(victim->take(5).size(), 5U);
  victim->kill();
  raw().run(
      "UPDATE jobs SET payload = zeroblob(2 << 20), attempts = -1, prio = 1 << 40"
      " WHERE id = (SELECT min(id) FROM jobs)");
  auto heir = open("heir");
  EXPECT_EQ(heir->take(4).size(), 4U);
  ASSERT_TRUE(heir->until(
      1, [&] { return raw().integer("SELECT count(*) FROM jobs WHERE state = 3") == 1; }));
  EXPECT_TRUE(heir->errors.empty());
}

TEST_F(SqliteRecovery, NothingIsLeftOfDeadMasters) {
  for (int i = 0; i < 3; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      auto pump = open("victim");
      ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(child, nullptr, 0);
  }
  auto pump = open("heir");
  pump->run_for(1, milliseconds{20});
  EXPECT_EQ(raw().integer("SELECT count(*) FROM owners"), 1);
  std::size_t sockets = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    sockets += entry.is_socket() ? 1 : 0;
  }
  EXPECT_EQ(sockets, 1U);
}

// What the child of RandomKillsLoseNothing does until it is killed.
[[noreturn]] void work_until_killed(Pump& pump, int report) {
  while (true) {
    pump.turn(3, milliseconds{50});
    while (!pump.deliveries.empty()) {
      const int number = std::stoi(pump.deliveries.front().payload);
      (void)!::write(report, &number, sizeof number);
      pump.broker().settle(std::move(pump.deliveries.front()), Verdict{});
      pump.deliveries.pop_front();
    }
  }
}

TEST_F(SqliteRecovery, RandomKillsLoseNothing) {
  constexpr int kJobs = 2000;
  std::vector<NewJob> jobs(kJobs);
  for (int i = 0; i < kJobs; ++i) jobs[static_cast<std::size_t>(i)].payload = std::to_string(i);
  ASSERT_TRUE(producer()->enqueue_all(jobs).ok());
  int report[2];
  ASSERT_EQ(::pipe(report), 0);
  std::minstd_rand random(7);
  std::set<int> seen;
  int runs = 0;
  int kills = 0;
  const auto left = [this] { return raw().integer("SELECT count(*) FROM jobs"); };
  for (; left() > 0 && kills < 500; ++kills) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(report[0]);
      auto pump = open("victim");
      work_until_killed(*pump, report[1]);
    }
    std::this_thread::sleep_for(std::chrono::microseconds{5000 + random() % 30000});
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(raw().text("PRAGMA integrity_check"), "ok");
  }
  ::close(report[1]);
  for (int number = 0; ::read(report[0], &number, sizeof number) == sizeof number; ++runs) {
    seen.insert(number);
  }
  ::close(report[0]);
  EXPECT_EQ(left(), 0);
  EXPECT_EQ(seen.size(), std::size_t{kJobs});
  // Only what was in hand at a kill may have run again.
  EXPECT_LE(runs, kJobs + 3 * kills);
}

}  // namespace
}  // namespace narwhal::test
