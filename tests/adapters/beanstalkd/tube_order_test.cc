#include "adapters/beanstalkd/tube_order.h"

#include <gtest/gtest.h>

#include <bit>
#include <map>

namespace narwhal::beanstalkd {

TEST(BeanstalkdTubeOrder, OneTubeIsSimplyWaitedOn) {
  TubeOrder order({{"only", 0}});
  EXPECT_EQ(order.last_step(), 0U);
  EXPECT_EQ(order.step(0).tubes, 1U);
  EXPECT_TRUE(order.step(0).wait);
}

TEST(BeanstalkdTubeOrder, StrictOrderAsksTheFirstTubesFirst) {
  TubeOrder order({{"a", 0}, {"b", 0}, {"c", 0}});
  EXPECT_EQ(order.step(0).tubes, 0b001U);
  EXPECT_FALSE(order.step(0).wait);
  EXPECT_EQ(order.step(1).tubes, 0b011U);
  EXPECT_FALSE(order.step(1).wait);
  EXPECT_EQ(order.step(2).tubes, 0b111U);
  EXPECT_TRUE(order.step(2).wait);
  EXPECT_EQ(order.last_step(), 2U);
}

TEST(BeanstalkdTubeOrder, WeightsChooseTheFirstTubeAndWaitOnAll) {
  TubeOrder order({{"high", 3}, {"low", 1}});
  std::map<TubeSet, int> first;
  for (int i = 0; i < 400; ++i) ++first[order.step(0).tubes];
  EXPECT_EQ(first[0b01], 300);
  EXPECT_EQ(first[0b10], 100);
  EXPECT_EQ(order.step(1).tubes, 0b11U);
  EXPECT_TRUE(order.step(1).wait);
}

TEST(BeanstalkdTubeOrder, TheMostTubesFit) {
  std::vector<QueueConfig> queues;
  for (std::size_t i = 0; i < kMostTubes; ++i) queues.push_back({"q" + std::to_string(i), 0});
  TubeOrder order(queues);
  EXPECT_EQ(std::popcount(order.all()), static_cast<int>(kMostTubes));
  EXPECT_EQ(order.step(order.last_step()).tubes, order.all());
  EXPECT_EQ(std::popcount(order.step(62).tubes), 63);
  EXPECT_EQ(order.find("q63"), 63U);
  EXPECT_FALSE(order.find("q64"));
}

}  // namespace narwhal::beanstalkd
