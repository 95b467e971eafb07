#include "base/backoff.h"

#include <gtest/gtest.h>

namespace narwhal {
namespace {

using std::chrono::seconds;

constexpr Backoff kBackoff{seconds{1}, seconds{60}, 0.15};
constexpr double kMiddle = 0.5;  // no jitter

TEST(Backoff, DoublesUpToItsCap) {
  EXPECT_EQ(kBackoff.delay(1, kMiddle), seconds{1});
  EXPECT_EQ(kBackoff.delay(2, kMiddle), seconds{2});
  EXPECT_EQ(kBackoff.delay(6, kMiddle), seconds{32});
  EXPECT_EQ(kBackoff.delay(7, kMiddle), seconds{60});
  EXPECT_EQ(kBackoff.delay(UINT32_MAX, kMiddle), seconds{60});
}

TEST(Backoff, SpreadsByItsJitterOnly) {
  const Duration low = kBackoff.delay(1, 0.0);
  const Duration high = kBackoff.delay(1, 0.999999);
  EXPECT_EQ(low, std::chrono::milliseconds{850});
  EXPECT_GT(high, std::chrono::milliseconds{1149});
  EXPECT_LE(high, std::chrono::milliseconds{1150});
}

}  // namespace
}  // namespace narwhal
