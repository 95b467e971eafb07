#include "adapters/sqlite/queue_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace narwhal::sqlite {
namespace {

TEST(QueueOrder, StrictOrderNeverChanges) {
  QueueOrder order({{"c", 0}, {"a", 0}, {"b", 0}});
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(order.next(), (std::vector<std::string>{"c", "a", "b"}));
  }
}

TEST(QueueOrder, WeightsDecideHowOftenAQueueComesFirst) {
  QueueOrder order({{"three", 3}, {"two", 2}, {"one", 1}});
  std::map<std::string, int> first;
  for (int i = 0; i < 6000; ++i) {
    const std::string queue = order.next().front();
    ++first[queue];
    order.took(queue);
  }
  EXPECT_EQ(first["three"], 3000);
  EXPECT_EQ(first["two"], 2000);
  EXPECT_EQ(first["one"], 1000);
}

TEST(QueueOrder, NoQueueWaitsForLong) {
  QueueOrder order({{"heavy", 3}, {"light", 1}});
  int waited = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string queue = order.next().front();
    waited = queue == "light" ? 0 : waited + 1;
    ASSERT_LE(waited, 4) << "turn " << i;
    order.took(queue);
  }
}

TEST(QueueOrder, SharesHoldWhenJobsComeInBatches) {
  QueueOrder order({{"heavy", 3}, {"light", 1}});
  int light = 0;
  for (int batch = 0; batch < 1000; ++batch) {
    const std::string queue = order.next().front();
    for (int job = 0; job < 8; ++job) order.took(queue);
    light += queue == "light" ? 8 : 0;
    order.next();  // a turn that fetched nothing changes nothing
  }
  EXPECT_NEAR(light, 2000, 16);
}

TEST(QueueOrder, AQueueThatWasEmptyForLongDoesNotTakeOver) {
  QueueOrder order({{"a", 1}, {"b", 1}});
  for (int i = 0; i < 100'000; ++i) order.took("a");
  int until_a = 0;
  while (order.next().front() == "b" && until_a < 1000) {
    order.took("b");
    ++until_a;
  }
  EXPECT_LE(until_a, 200);
}

TEST(QueueOrder, EachQueueIsInEveryTurn) {
  QueueOrder order({{"a", 100}, {"b", 1}, {"c", 1}});
  for (int i = 0; i < 100; ++i) {
    auto drawn = order.next();
    std::sort(drawn.begin(), drawn.end());
    EXPECT_EQ(drawn, (std::vector<std::string>{"a", "b", "c"}));
  }
}

}  // namespace
}  // namespace narwhal::sqlite
