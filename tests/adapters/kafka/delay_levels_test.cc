#include "adapters/kafka/delay_levels.h"

#include <gtest/gtest.h>

namespace narwhal::kafka {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(KafkaDelayLevels, AJobEntersTheLongestThatItCanWaitOut) {
  EXPECT_EQ(delay_level(seconds{-5}), 0U);
  EXPECT_EQ(delay_level(milliseconds{999}), 0U);
  EXPECT_EQ(delay_level(seconds{1}), 1U);
  EXPECT_EQ(delay_level(milliseconds{7999}), 1U);
  EXPECT_EQ(delay_level(seconds{8}), 2U);
  EXPECT_EQ(delay_level(hours{8}), 6U);
  EXPECT_EQ(delay_level(hours{10000}), 6U);
}

}  // namespace
}  // namespace narwhal::kafka
