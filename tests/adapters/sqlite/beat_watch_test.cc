#include "adapters/sqlite/beat_watch.h"

#include <gtest/gtest.h>

namespace narwhal::sqlite {
namespace {

using std::chrono::seconds;

class BeatWatchTest : public testing::Test {
 protected:
  bool silent_after(Duration step, std::int64_t beat) {
    now_ += step;
    watch_.begin_look(now_);
    const bool silent = watch_.silent(1, beat);
    watch_.end_look();
    return silent;
  }

  TimePoint now_{};
  BeatWatch watch_{seconds{30}, seconds{10}};
};

TEST_F(BeatWatchTest, AnOwnerIsSilentAfterOneLeaseWithoutABeat) {
  EXPECT_FALSE(silent_after(seconds{0}, 5));
  EXPECT_FALSE(silent_after(seconds{10}, 5));
  EXPECT_FALSE(silent_after(seconds{10}, 5));
  EXPECT_TRUE(silent_after(seconds{10}, 5));
}

TEST_F(BeatWatchTest, ABeatBreaksTheSilence) {
  EXPECT_FALSE(silent_after(seconds{0}, 5));
  EXPECT_FALSE(silent_after(seconds{10}, 5));
  EXPECT_FALSE(silent_after(seconds{10}, 6));
  EXPECT_FALSE(silent_after(seconds{10}, 6));
  EXPECT_FALSE(silent_after(seconds{10}, 6));
  EXPECT_TRUE(silent_after(seconds{10}, 6));
}

TEST_F(BeatWatchTest, AnObserverThatWasStoppedAccusesNobodyOnWakingUp) {
  EXPECT_FALSE(silent_after(seconds{0}, 5));
  EXPECT_FALSE(silent_after(std::chrono::hours{3}, 5));
  EXPECT_FALSE(silent_after(seconds{10}, 5));
  EXPECT_TRUE(silent_after(seconds{10}, 5));
}

TEST_F(BeatWatchTest, FrequentLooksDoNotShortenTheLease) {
  EXPECT_FALSE(silent_after(seconds{0}, 5));
  for (int i = 0; i < 29; ++i) EXPECT_FALSE(silent_after(seconds{1}, 5));
  EXPECT_TRUE(silent_after(seconds{1}, 5));
}

TEST_F(BeatWatchTest, OwnersThatLeftAreForgotten) {
  EXPECT_FALSE(silent_after(seconds{0}, 5));
  EXPECT_FALSE(silent_after(seconds{10}, 5));
  EXPECT_FALSE(silent_after(seconds{10}, 5));
  now_ += seconds{1};
  watch_.begin_look(now_);
  watch_.end_look();
  EXPECT_FALSE(silent_after(seconds{10}, 5));
}

}  // namespace
}  // namespace narwhal::sqlite
