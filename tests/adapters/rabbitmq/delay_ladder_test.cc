#include "adapters/rabbitmq/delay_ladder.h"

#include <gtest/gtest.h>

namespace narwhal::rabbitmq {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(DelayLadder, TakesTheLongestStepThatIsNotTooLong) {
  EXPECT_EQ(next_delay(std::chrono::hours{100}), std::chrono::hours{24});
  EXPECT_EQ(next_delay(std::chrono::minutes{59}), std::chrono::minutes{30});
  EXPECT_EQ(next_delay(seconds{5}), seconds{5});
  EXPECT_EQ(next_delay(milliseconds{350}), milliseconds{200});
  EXPECT_EQ(next_delay(milliseconds{1}), milliseconds{100});
}

TEST(DelayLadder, ALittleTooLateSavesATurn) {
  EXPECT_EQ(next_delay(milliseconds{400}), milliseconds{500});
  EXPECT_EQ(next_delay(milliseconds{9'950}), seconds{10});
}

TEST(DelayLadder, EveryDelayEndsOnTimeAndAfterFewSteps) {
  for (Duration delay = milliseconds{1}; delay < std::chrono::hours{23}; delay = delay * 9 / 8) {
    Duration left = delay;
    int steps = 0;
    for (; left > Duration{0}; ++steps) left -= next_delay(left);
    EXPECT_GE(left, -kDelaySlack);
    EXPECT_LE(steps, 20);
  }
}

}  // namespace
}  // namespace narwhal::rabbitmq
