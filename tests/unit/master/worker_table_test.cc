#include "master/worker_table.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace narwhal {
namespace {

constexpr TimePoint kNow{std::chrono::seconds{100}};

JobInHand job(const std::string& id) {
  JobInHand in_hand;
  in_hand.delivery.id = id;
  return in_hand;
}

// A table whose slots are all ready, by the pids 1000, 1001, …
WorkerTable ready_table(std::uint32_t slots, std::uint64_t max_jobs = 0) {
  WorkerTable table{slots, max_jobs};
  for (WorkerSlot& slot : table.slots()) {
    table.starting(slot, slot.index + 1, kNow);
    slot.pid = static_cast<pid_t>(1000 + slot.index);
    table.ready(slot, kNow);
  }
  return table;
}

TEST(WorkerTable, StartingIsNotIdle) {
  WorkerTable table{1, 0};
  EXPECT_EQ(table.next_idle(), nullptr);
  table.starting(table.at(0), 1, kNow);
  EXPECT_EQ(table.next_idle(), nullptr);
  EXPECT_EQ(table.count(WorkerState::starting), 1U);
  table.ready(table.at(0), kNow);
  EXPECT_EQ(table.next_idle(), &table.at(0));
}

TEST(WorkerTable, TheWorkerThatBecameIdleLastIsNext) {
  WorkerTable table = ready_table(3);
  EXPECT_EQ(table.next_idle()->index, 2U);
  table.assign(table.at(2), job("a"), kNow);
  EXPECT_EQ(table.next_idle()->index, 1U);
  table.assign(table.at(1), job("b"), kNow);
  ASSERT_TRUE(table.finish(table.at(2), 1, kNow));
  EXPECT_EQ(table.next_idle()->index, 2U);
  EXPECT_EQ(table.idle_count(), 2U);
}

TEST(WorkerTable, AJobAheadBecomesTheCurrentOneWhenItsTurnComes) {
  WorkerTable table = ready_table(1);
  WorkerSlot& slot = table.at(0);
  table.assign(slot, job("a"), kNow);
  EXPECT_EQ(table.ahead_room(1), 1U);
  table.assign(slot, job("b"), kNow);
  EXPECT_EQ(table.ahead_room(1), 0U);
  EXPECT_EQ(table.ahead_count(), 1U);
  const auto later = kNow + std::chrono::seconds{1};
  const auto finished = table.finish(slot, 1, later);
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->delivery.id, "a");
  EXPECT_EQ(slot.current->delivery.id, "b");
  EXPECT_EQ(slot.current->started, later);
  EXPECT_EQ(table.idle_count(), 0U);
  EXPECT_EQ(table.ahead_room(1), 1U);
}

TEST(WorkerTable, JobsAheadRunInTheOrderInWhichTheyWereGiven) {
  WorkerTable table = ready_table(1);
  WorkerSlot& slot = table.at(0);
  for (const char* id : {"a", "b", "c", "d"}) table.assign(slot, job(id), kNow);
  EXPECT_EQ(table.take_ahead(slot, 1).delivery.id, "c");
  std::string order;
  while (slot.current) {
    order += table.finish(slot, slot.current->sequence, kNow)->delivery.id;
  }
  EXPECT_EQ(order, "abd");
}

TEST(WorkerTable, RoomAheadIsCountedOverAllBusyWorkers) {
  WorkerTable table = ready_table(3);
  table.assign(table.at(0), job("a"), kNow);
  table.assign(table.at(1), job("b"), kNow);
  for (int i = 0; i < 3; ++i) table.assign(table.at(0), job("ahead"), kNow);
  EXPECT_EQ(table.ahead_room(4), 5U) << "two busy workers, three jobs ahead";
  EXPECT_EQ(table.ahead_room(1), 0U);
  EXPECT_EQ(table.ahead_room(100), 2 * WorkerSlot::kMostAhead - 3);
  table.killed(table.at(1), KillReason::stopping, kNow);
  EXPECT_EQ(table.ahead_room(4), 1U);
}

TEST(WorkerTable, AReportOfAnotherJobChangesNothing) {
  WorkerTable table = ready_table(1);
  table.assign(table.at(0), job("a"), kNow);
  EXPECT_FALSE(table.finish(table.at(0), 2, kNow));
  EXPECT_TRUE(table.at(0).current);
}

TEST(WorkerTable, NoTwoJobsOfAWorkerShareAClaimWord) {
  WorkerTable table = ready_table(1);
  WorkerSlot& slot = table.at(0);
  std::mt19937 random{7};
  for (int i = 0; i < 2000; ++i) {
    const bool full = slot.current && slot.room_ahead() == 0;
    const auto choice = full ? 1 + random() % 2 : random() % 3;
    if (choice == 0) {
      table.assign(slot, job("a"), kNow);
    } else if (choice == 1 && !slot.ahead.empty()) {
      table.take_ahead(slot, random() % slot.ahead.size());
    } else if (slot.current) {
      table.finish(slot, slot.current->sequence, kNow);
    }
    std::set<JobSequence> words;
    if (slot.current) words.insert(slot.current->sequence % SlotPage::kJobs);
    for (const JobInHand& each : slot.ahead) words.insert(each.sequence % SlotPage::kJobs);
    ASSERT_EQ(words.size(), slot.ahead.size() + (slot.current ? 1 : 0)) << "step " << i;
  }
}

TEST(WorkerTable, ADeadWorkersJobsAllComeBack) {
  WorkerTable table = ready_table(1);
  table.assign(table.at(0), job("a"), kNow);
  table.assign(table.at(0), job("b"), kNow);
  const auto jobs = table.take_all(table.at(0));
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].delivery.id, "a");
  EXPECT_EQ(jobs[1].delivery.id, "b");
  table.vacant(table.at(0), kNow);
  EXPECT_EQ(table.ahead_room(4), 0U);
  EXPECT_EQ(table.ahead_count(), 0U);
  EXPECT_EQ(table.find_pid(1000), nullptr);
}

TEST(WorkerTable, AnIdleWorkerThatDiesIsNotGivenJobs) {
  WorkerTable table = ready_table(2);
  table.vacant(table.at(1), kNow);
  EXPECT_EQ(table.next_idle()->index, 0U);
  table.killed(table.at(0), KillReason::stopping, kNow);
  EXPECT_EQ(table.next_idle(), nullptr);
}

TEST(WorkerTable, MaxJobsCountsJobsSentAheadToo) {
  WorkerTable table = ready_table(1, /*max_jobs=*/2);
  WorkerSlot& slot = table.at(0);
  table.assign(slot, job("a"), kNow);
  EXPECT_EQ(slot.room_ahead(), 1U);
  table.assign(slot, job("b"), kNow);
  ASSERT_TRUE(table.finish(slot, 1, kNow));
  EXPECT_EQ(slot.room_ahead(), 0U) << "the second job is its last";
  EXPECT_EQ(slot.jobs_left, 0U);
}

TEST(WorkerTable, ShrinkingKeepsRunningWorkersUntilTheyAreGone) {
  WorkerTable table = ready_table(4);
  table.vacant(table.at(3), kNow);
  table.resize(2);
  EXPECT_EQ(table.slots().size(), 3U);
  EXPECT_TRUE(table.at(2).retired);
  EXPECT_FALSE(table.at(1).retired);
  table.vacant(table.at(2), kNow);
  EXPECT_EQ(table.slots().size(), 2U);
  table.resize(3);
  EXPECT_EQ(table.count(WorkerState::vacant), 1U);
}

TEST(WorkerTable, GrowingAgainKeepsASlotThatWasOnItsWayOut) {
  WorkerTable table = ready_table(2);
  table.resize(1);
  EXPECT_TRUE(table.at(1).retired);
  table.resize(2);
  EXPECT_FALSE(table.at(1).retired);
}

}  // namespace
}  // namespace narwhal
