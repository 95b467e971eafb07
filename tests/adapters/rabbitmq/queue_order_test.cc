#include "adapters/rabbitmq/queue_order.h"

#include <gtest/gtest.h>

#include <map>

namespace narwhal::rabbitmq {
namespace {

TEST(RabbitmqQueueOrder, WithoutWeightsItStays) {
  QueueOrder order({{"a", 0}, {"b", 0}});
  EXPECT_TRUE(order.strict());
  for (int i = 0; i < 10; ++i) order.next();
  EXPECT_EQ(order.get(), (std::vector<std::size_t>{0, 1}));
}

TEST(RabbitmqQueueOrder, WeightsSayHowOftenAQueueIsInFront) {
  QueueOrder order({{"a", 3}, {"b", 1}});
  EXPECT_FALSE(order.strict());
  std::map<std::size_t, int> fronts;
  for (int i = 0; i < 10'000; ++i) {
    ++fronts[order.get().front()];
    order.next();
  }
  // Three quarters, give or take seven standard deviations.
  EXPECT_NEAR(fronts[0], 7500, 300);
}

}  // namespace
}  // namespace narwhal::rabbitmq
