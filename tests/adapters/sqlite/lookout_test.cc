#include "adapters/sqlite/lookout.h"

#include <gtest/gtest.h>

#include <vector>

#include "adapters/sqlite/checkpoint_policy.h"
#include "adapters/sqlite/lock_backoff.h"

namespace narwhal::sqlite {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr TimePoint kStart{std::chrono::hours{1}};

TEST(Lookout, LooksWhenItBegins) { EXPECT_TRUE(Lookout{}.due()); }

TEST(Lookout, AnEventStartsASeriesOfLooksThatGrowApart) {
  Lookout lookout;
  lookout.event(kStart);
  std::vector<Duration> looks;
  while (!lookout.at_last_look()) {
    looks.push_back(lookout.next_look() - kStart);
    lookout.looked(lookout.next_look());
  }
  EXPECT_EQ(looks, (std::vector<Duration>{microseconds{0}, microseconds{500}, microseconds{1500},
                                          microseconds{3500}, microseconds{7500}}));
  EXPECT_EQ(lookout.next_look() - kStart, microseconds{15500});
}

TEST(Lookout, EventsDuringASeriesDoNotRestartIt) {
  Lookout lookout;
  lookout.event(kStart);
  lookout.looked(kStart);
  const TimePoint next = lookout.next_look();
  lookout.event(kStart);
  EXPECT_EQ(lookout.next_look(), next);
}

TEST(Lookout, ASeriesThatCannotEndYetKeepsItsLongestStep) {
  Lookout lookout;
  lookout.event(kStart);
  for (int i = 0; i < 20; ++i) lookout.looked(kStart);
  EXPECT_EQ(lookout.next_look(), kStart + milliseconds{8});
  lookout.end_series();
  EXPECT_EQ(lookout.next_look(), kNever);
}

TEST(LockBackoff, DoublesUpToALimitAndStartsAfreshOnceGranted) {
  LockBackoff lock;
  std::vector<Duration> waits;
  // Eight tries at once, then some after a second.
  for (int i = 0; i < 12; ++i) {
    const TimePoint now = i < 8 ? kStart : kStart + milliseconds{1000};
    lock.refused(now);
    waits.push_back(lock.until() - now);
  }
  std::vector<Duration> expected;
  for (const int wait : {1, 2, 4, 8, 8, 8, 8, 8, 8, 16, 32, 50}) {
    expected.emplace_back(milliseconds{wait});
  }
  EXPECT_EQ(waits, expected);
  EXPECT_FALSE(lock.free());
  EXPECT_FALSE(lock.over(kStart + milliseconds{1049}));
  EXPECT_TRUE(lock.over(kStart + milliseconds{1050}));
  lock.granted();
  EXPECT_TRUE(lock.over(kStart));
}

TEST(LockBackoff, ALongWaitIsTold) {
  LockBackoff lock;
  EXPECT_FALSE(lock.refused(kStart));
  EXPECT_FALSE(lock.refused(kStart + milliseconds{4999}));
  EXPECT_TRUE(lock.refused(kStart + milliseconds{5000}));
  EXPECT_FALSE(lock.refused(kStart + milliseconds{6000}));
}

TEST(CheckpointPolicy, AsksOnceForEachStretchOfTheLog) {
  CheckpointPolicy policy;
  EXPECT_FALSE(policy.due(999));
  EXPECT_TRUE(policy.due(1000));
  policy.started(1000);
  EXPECT_FALSE(policy.due(5000));
  policy.ended();
  EXPECT_FALSE(policy.due(1999));
  EXPECT_TRUE(policy.due(2000));
}

TEST(CheckpointPolicy, StartsAfreshWithTheLog) {
  CheckpointPolicy policy;
  policy.started(4000);
  policy.ended();
  EXPECT_FALSE(policy.due(10));
  EXPECT_TRUE(policy.due(1000));
}

}  // namespace
}  // namespace narwhal::sqlite
