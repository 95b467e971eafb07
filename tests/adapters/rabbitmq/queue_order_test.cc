#include "narwhal/queue_order.h"

#include <gtest/gtest.h>

#include <map>

namespace narwhal {
namespace {

TEST(RabbitmqQueueOrder, WithoutWeightsItStays) {
  QueueOrder order({{"a", 0}, {"b", 0}});
  for (int i = 0; i < 10; ++i) order.took(0);
  EXPECT_EQ(order.get(), (std::vector<std::size_t>{0, 1}));
}

TEST(RabbitmqQueueOrder, WeightsSayHowOftenAQueueIsInFront) {
  QueueOrder order({{"a", 3}, {"b", 1}});
  std::map<std::size_t, int> fronts;
  for (int i = 0; i < 400; ++i) {
    const std::size_t first = order.get().front();
    ++fronts[first];
    order.took(first);
  }
  EXPECT_EQ(fronts, (std::map<std::size_t, int>{{0, 300}, {1, 100}}));
}

}  // namespace
}  // namespace narwhal
