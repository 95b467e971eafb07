#include "master/worker_table.h"

#include <gtest/gtest.h>

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
  EXPECT_EQ(table.ahead_room(), 1U);
  table.assign(slot, job("b"), kNow);
  EXPECT_EQ(table.ahead_room(), 0U);
  EXPECT_EQ(table.ahead_count(), 1U);
  const auto later = kNow + std::chrono::seconds{1};
  const auto finished = table.finish(slot, 1, later);
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->delivery.id, "a");
  EXPECT_EQ(slot.current->delivery.id, "b");
  EXPECT_EQ(slot.current->started, later);
  EXPECT_EQ(table.idle_count(), 0U);
  EXPECT_EQ(table.ahead_room(), 1U);
}

TEST(WorkerTable, AReportOfAnotherJobChangesNothing) {
  WorkerTable table = ready_table(1);
  table.assign(table.at(0), job("a"), kNow);
  EXPECT_FALSE(table.finish(table.at(0), 2, kNow));
  EXPECT_TRUE(table.at(0).current);
}

TEST(WorkerTable, TheJobAheadNeverSharesAClaimWordWithTheRunningOne) {
  WorkerTable table = ready_table(1);
  WorkerSlot& slot = table.at(0);
  table.assign(slot, job("a"), kNow);
  for (int i = 0; i < 5; ++i) {
    const JobSequence ahead = table.assign(slot, job("b"), kNow).sequence;
    EXPECT_NE(ahead & 1U, slot.current->sequence & 1U);
    EXPECT_EQ(table.take_ahead(slot).delivery.id, "b");
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
  EXPECT_EQ(table.ahead_room(), 0U);
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
  EXPECT_TRUE(slot.takes_ahead());
  table.assign(slot, job("b"), kNow);
  ASSERT_TRUE(table.finish(slot, 1, kNow));
  EXPECT_FALSE(slot.takes_ahead()) << "the second job is its last";
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
