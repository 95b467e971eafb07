#include "adapters/sqlite/queue_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace narwhal::sqlite {
namespace {

TEST(QueueOrder, StrictOrderNeverChanges) {
  QueueOrder order({{"c", 0}, {"a", 0}, {"b", 0}}, 1);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(order.next(), (std::vector<std::string>{"c", "a", "b"}));
  }
}

TEST(QueueOrder, WeightsDecideHowOftenAQueueComesFirst) {
  QueueOrder order({{"three", 3}, {"two", 2}, {"one", 1}}, 1);
  std::map<std::string, int> first;
  for (int i = 0; i < 6000; ++i) ++first[order.next().front()];
  EXPECT_NEAR(first["three"], 3000, 200);
  EXPECT_NEAR(first["two"], 2000, 200);
  EXPECT_NEAR(first["one"], 1000, 200);
}

TEST(QueueOrder, EachQueueIsInEveryDraw) {
  QueueOrder order({{"a", 100}, {"b", 1}, {"c", 1}}, 1);
  for (int i = 0; i < 100; ++i) {
    auto drawn = order.next();
    std::sort(drawn.begin(), drawn.end());
    EXPECT_EQ(drawn, (std::vector<std::string>{"a", "b", "c"}));
  }
}

}  // namespace
}  // namespace narwhal::sqlite
