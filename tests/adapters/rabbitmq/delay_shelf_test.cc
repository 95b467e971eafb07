#include "adapters/rabbitmq/delay_shelf.h"

#include <gtest/gtest.h>

#include <deque>

namespace narwhal::rabbitmq {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const WallTime kStart = from_unix_micros(1'700'000'000'000'000);

TEST(DelayLevels, AJobEntersTheLastLevelWhoseSpanItOutlasts) {
  EXPECT_EQ(delay_level(milliseconds{999}), 0U);
  EXPECT_EQ(delay_level(seconds{1}), 1U);
  EXPECT_EQ(delay_level(milliseconds{59'999}), 2U);
  EXPECT_EQ(delay_level(hours{10 * 365 * 24}), kDelayLevels.size() - 1);
}

class DelayShelfTest : public testing::Test {
 protected:
  // A job with so much left that comes at `now`, as soon as it has entered its level.
  Delayed job(std::chrono::microseconds left, WallTime now = kStart) {
    return {.level = delay_level(left),
            .tag = ++tags_,
            .due = now + left,
            .entered = now,
            .since = now,
            .properties = {},
            .body = {}};
  }
  std::vector<std::uint64_t> tags(const std::vector<Delayed>& jobs) {
    std::vector<std::uint64_t> list;
    for (const Delayed& each : jobs) list.push_back(each.tag);
    return list;
  }

  DelayShelf shelf;

 private:
  std::uint64_t tags_ = 0;
};

TEST_F(DelayShelfTest, GivesJobsInTheOrderOfTheirTimes) {
  EXPECT_EQ(shelf.next(), DelayShelf::kNothing);
  shelf.put(job(milliseconds{900}));
  shelf.put(job(milliseconds{100}));
  shelf.put(job(seconds{7}));
  EXPECT_EQ(shelf.next(), kStart + milliseconds{100});
  EXPECT_TRUE(shelf.take(kStart + milliseconds{99}).empty());
  EXPECT_EQ(tags(shelf.take(kStart + milliseconds{100})), (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(shelf.next(), kStart + milliseconds{900});
  EXPECT_EQ(shelf.take(kStart + seconds{7}).size(), 2U);
  EXPECT_EQ(shelf.next(), DelayShelf::kNothing);
}

TEST_F(DelayShelfTest, AFullLevelMakesRoomWhenTheSpanOfItsFirstHasPassed) {
  const std::size_t level = delay_level(hours{2});
  const auto most = kDelayLevels[level].prefetch;
  for (int i = 0; i < most - 1; ++i) shelf.put(job(hours{2}, kStart));
  shelf.hold_at_most(hours{24});
  EXPECT_EQ(shelf.next(), kStart + hours{2}) << "nothing waits behind them";
  shelf.put(job(hours{3}, kStart));
  EXPECT_EQ(shelf.next(), kStart + hours{1});
  EXPECT_EQ(shelf.take(kStart + hours{1}).size(), most);
  for (int i = 0; i < most; ++i) shelf.left(level);
  shelf.put(job(hours{2}, kStart + hours{1}));
  EXPECT_EQ(shelf.next(), kStart + hours{3});
}

TEST_F(DelayShelfTest, NothingIsHeldLongerThanTheServerLikes) {
  shelf.put(job(hours{10 * 365 * 24}));
  EXPECT_EQ(shelf.next(), kStart + shelf.limit());
  shelf.hold_at_most(seconds{20});
  EXPECT_EQ(shelf.next(), kStart + seconds{20});
  EXPECT_EQ(shelf.take(kStart + seconds{20}).size(), 1U);
}

TEST_F(DelayShelfTest, WhatTheServerHasTakenBackIsStoredAnewAtOnce) {
  Delayed back = job(minutes{1});
  back.returned = true;
  shelf.put(back);
  EXPECT_EQ(shelf.take(kStart).size(), 1U);
}

TEST_F(DelayShelfTest, AProducerWhoseClockIsAheadKeepsNobodyWaiting) {
  const std::size_t level = delay_level(minutes{2});
  for (int i = 0; i < kDelayLevels[level].prefetch; ++i) {
    Delayed ahead = job(minutes{2});
    ahead.entered += hours{1};
    ahead.due += hours{1};
    shelf.put(ahead);
  }
  EXPECT_EQ(shelf.next(), kStart + minutes{1});
}

// Whole queues as the server keeps them: each level gives out so many of its first, and what is
// moved enters at the end of its next level.
TEST_F(DelayShelfTest, ThousandsOfJobsAreEachMovedAtTheirTimeAndSeldomOnTheWay) {
  std::array<std::deque<Delayed>, kDelayLevels.size()> queues;
  WallTime now = kStart;
  constexpr int kJobs = 3000;
  std::uint64_t lot = 7;
  for (int i = 0; i < kJobs; ++i) {
    lot = lot * 6364136223846793005U + 1442695040888963407U;
    const milliseconds left{static_cast<std::int64_t>((lot >> 33U) % 100'000'000)};
    queues[delay_level(left)].push_back(job(left));
  }
  std::array<std::size_t, kDelayLevels.size()> held{};
  int done = 0;
  int moves = 0;
  Duration latest{0};
  while (done < kJobs) {
    for (std::size_t level = 0; level < queues.size(); ++level) {
      for (; held[level] < kDelayLevels[level].prefetch && !queues[level].empty(); ++held[level]) {
        queues[level].front().since = now;
        shelf.put(std::move(queues[level].front()));
        queues[level].pop_front();
      }
    }
    ASSERT_NE(shelf.next(), DelayShelf::kNothing);
    now = std::max(now, shelf.next());
    for (Delayed& each : shelf.take(now)) {
      --held[each.level];
      shelf.left(each.level);
      ++moves;
      if (each.due <= now) {
        latest = std::max(latest, Duration{now - each.due});
        ++done;
        continue;
      }
      each.level = delay_level(each.due - now);
      each.entered = now;
      queues[each.level].push_back(std::move(each));
    }
  }
  EXPECT_LE(latest, milliseconds{100});
  EXPECT_LT(moves, kJobs * 30);
}

}  // namespace
}  // namespace narwhal::rabbitmq
