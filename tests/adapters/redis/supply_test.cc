// Whether a fetch is worth while: from what the last one found, and what has been heard since.
#include "adapters/redis/supply.h"

#include <gtest/gtest.h>

namespace narwhal::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class SupplyTest : public testing::Test {
 protected:
  void fetch(bool all_empty, std::optional<Duration> next_due = {}, bool looked = true) {
    supply.fetch_sent();
    answer(all_empty, next_due, looked);
  }
  void answer(bool all_empty, std::optional<Duration> next_due = {}, bool looked = true) {
    TurnReply turn;
    turn.all_empty = all_empty;
    turn.looked = looked;
    turn.wait = next_due;
    supply.fetched(turn, now, idle_look);
  }

  TimePoint now = TimePoint{} + seconds{1000};
  Duration idle_look = Duration::max();
  Supply supply;
};

TEST_F(SupplyTest, NothingIsKnownAtFirst) {
  EXPECT_TRUE(supply.fetch_due(now));
  EXPECT_FALSE(supply.dry());
}

TEST_F(SupplyTest, EmptyQueuesAreLeftAloneUntilWeHear) {
  fetch(/*all_empty=*/true);
  EXPECT_FALSE(supply.fetch_due(now + seconds{3600}));
  supply.heard();
  EXPECT_TRUE(supply.fetch_due(now));
}

TEST_F(SupplyTest, QueuesThatWereNotAllEmptyAreFetchedFromAgain) {
  fetch(/*all_empty=*/false);
  EXPECT_TRUE(supply.fetch_due(now));
}

TEST_F(SupplyTest, NewsDuringAFetchMayBeNewerThanWhatItSaw) {
  supply.fetch_sent();
  supply.heard();
  answer(/*all_empty=*/true);
  EXPECT_FALSE(supply.dry());
  fetch(/*all_empty=*/true);
  EXPECT_TRUE(supply.dry());
}

TEST_F(SupplyTest, TheNextDelayedJobIsFetchedWhenItIsDue) {
  fetch(/*all_empty=*/true, milliseconds{300});
  EXPECT_FALSE(supply.fetch_due(now + milliseconds{299}));
  EXPECT_TRUE(supply.fetch_due(now + milliseconds{300}));
  EXPECT_EQ(supply.look_at(), now + milliseconds{300});
}

TEST_F(SupplyTest, WhoIsNotToldOfDelayedJobsLooksForThem) {
  idle_look = milliseconds{500};
  fetch(/*all_empty=*/true);
  EXPECT_EQ(supply.look_at(), now + milliseconds{500});
  fetch(/*all_empty=*/true, milliseconds{300});
  EXPECT_EQ(supply.look_at(), now + milliseconds{300});
}

TEST_F(SupplyTest, WhileQueuesNeverRunDryDueJobsDoNotWaitForThat) {
  fetch(/*all_empty=*/false);
  EXPECT_EQ(supply.look_at(), now + milliseconds{250});
  now += milliseconds{100};
  fetch(/*all_empty=*/false, {}, /*looked=*/false);
  EXPECT_EQ(supply.look_at(), now + milliseconds{150});
}

TEST_F(SupplyTest, AChangeOfTheClockMakesItLookAtOnce) {
  fetch(/*all_empty=*/true);
  supply.look_at_once();
  EXPECT_TRUE(supply.look_due(now));
  EXPECT_TRUE(supply.fetch_due(now));
}

TEST_F(SupplyTest, ANewSessionKnowsNothing) {
  fetch(/*all_empty=*/true);
  supply.reset();
  EXPECT_TRUE(supply.fetch_due(now));
}

}  // namespace
}  // namespace narwhal::redis
