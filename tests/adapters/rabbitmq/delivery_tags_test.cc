#include "adapters/rabbitmq/delivery_tags.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

namespace narwhal::rabbitmq {
namespace {

// Acknowledgements as text: "3*" is all up to 3.
std::string flush(DeliveryTags& tags) {
  std::string text;
  tags.flush([&](std::uint64_t tag, bool multiple) {
    text += (text.empty() ? "" : " ") + std::to_string(tag) + (multiple ? "*" : "");
  });
  return text;
}

DeliveryTags delivered(int count) {
  DeliveryTags tags;
  for (int i = 0; i < count; ++i) tags.delivered(1);
  return tags;
}

TEST(DeliveryTags, AllUpToTheFirstOpenOneAreAcknowledgedAtOnce) {
  auto tags = delivered(5);
  for (const std::uint64_t tag : {2U, 1U, 3U}) tags.ack(tag);
  EXPECT_EQ(flush(tags), "3*");
  EXPECT_EQ(flush(tags), "");
}

TEST(DeliveryTags, TheOthersAreAcknowledgedOneByOne) {
  auto tags = delivered(6);
  for (const std::uint64_t tag : {1U, 3U, 5U}) tags.ack(tag);
  EXPECT_EQ(flush(tags), "1* 3 5");
  tags.ack(2);
  // 3 is known to the server already, and must not be named again.
  EXPECT_EQ(flush(tags), "2*");
  tags.ack(4);
  tags.ack(6);
  EXPECT_EQ(flush(tags), "6*");
}

TEST(DeliveryTags, WhatWasGivenBackIsNotAcknowledged) {
  auto tags = delivered(3);
  tags.close(1);
  tags.ack(2);
  tags.close(3);
  EXPECT_EQ(flush(tags), "2*");
}

TEST(DeliveryTags, UnknownNumbersAreNobodys) {
  auto tags = delivered(1);
  EXPECT_EQ(tags.ack(2), 0U);
  EXPECT_EQ(tags.ack(1), 1U);
  EXPECT_EQ(flush(tags), "1*");
  EXPECT_EQ(tags.ack(1), 0U);
}

// As the server would see it: nothing is acknowledged twice or against the master's will.
TEST(DeliveryTags, AnyOrderEndsWithEachAcknowledgedOnce) {
  std::minstd_rand random(7);
  DeliveryTags tags;
  std::set<std::uint64_t> open;     // at the server
  std::set<std::uint64_t> in_hand;  // here
  std::uint64_t last = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    for (unsigned i = 0; i < random() % 5; ++i) {
      tags.delivered(1);
      open.insert(++last);
      in_hand.insert(last);
    }
    for (unsigned i = 0; i < random() % 5 && !in_hand.empty(); ++i) {
      auto one = in_hand.begin();
      std::advance(one, random() % in_hand.size());
      if (random() % 7 == 0) {
        tags.close(*one);
        open.erase(*one);
      } else {
        tags.ack(*one);
      }
      in_hand.erase(one);
    }
    tags.flush([&](std::uint64_t tag, bool multiple) {
      ASSERT_TRUE(open.contains(tag)) << "unknown to the server";
      open.erase(multiple ? open.begin() : open.find(tag), open.upper_bound(tag));
    });
    ASSERT_EQ(open, in_hand);
  }
}

}  // namespace
}  // namespace narwhal::rabbitmq
