#include "master/spawn_brake.h"

#include <gtest/gtest.h>

namespace narwhal {
namespace {

constexpr double kNoJitter = 0.5;

TEST(SpawnBrake, FailuresOfOneRoundCountOnce) {
  SpawnBrake brake;
  TimePoint now{std::chrono::seconds{100}};
  EXPECT_FALSE(brake.cautious());
  for (int i = 0; i < 8; ++i) brake.on_failure(now, kNoJitter);
  EXPECT_EQ(brake.rounds(), 1U);
  EXPECT_TRUE(brake.cautious());
  EXPECT_EQ(brake.ready_at(), now + std::chrono::milliseconds{500});
}

TEST(SpawnBrake, AnAppThatNeverStartsIsGivenUp) {
  SpawnBrake brake;
  TimePoint now{std::chrono::seconds{100}};
  for (int round = 1; round <= 4; ++round) {
    brake.on_failure(now, kNoJitter);
    EXPECT_FALSE(brake.give_up());
    now = brake.ready_at();
  }
  brake.on_failure(now, kNoJitter);
  EXPECT_TRUE(brake.give_up());
  EXPECT_EQ(brake.ready_at(), kNever);
}

TEST(SpawnBrake, AnAppThatOnceStartedIsTriedForEver) {
  SpawnBrake brake;
  brake.on_ready();
  TimePoint now{std::chrono::seconds{100}};
  for (int round = 0; round < 50; ++round) {
    brake.on_failure(now, kNoJitter);
    now = brake.ready_at();
  }
  EXPECT_FALSE(brake.give_up());
  brake.on_failure(now, kNoJitter);
  EXPECT_EQ(brake.ready_at() - now, std::chrono::seconds{10});
  brake.on_ready();
  EXPECT_FALSE(brake.cautious());
}

}  // namespace
}  // namespace narwhal
