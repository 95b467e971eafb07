#include "adapters/redis/envelope.h"

#include <gtest/gtest.h>

#include "adapters/redis/dead_record.h"
#include "adapters/redis/queue_order.h"

namespace narwhal::redis {
namespace {

Envelope example() {
  return {.id = "id-1",
          .counters = {1, 2, 3},
          .priority = -7,
          .enqueued_at = from_unix_micros(1'700'000'000'123'456),
          .history = "[{}]",
          .payload = std::string_view("pay\0load", 8)};
}

TEST(Envelope, ComesBackAsItWasWritten) {
  const std::string stored = write_envelope(example());
  const Envelope read = read_envelope(stored);
  EXPECT_FALSE(read.foreign);
  EXPECT_EQ(read.id, example().id);
  EXPECT_EQ(read.counters, example().counters);
  EXPECT_EQ(read.priority, -7);
  EXPECT_EQ(read.enqueued_at, example().enqueued_at);
  EXPECT_EQ(read.history, example().history);
  EXPECT_EQ(read.payload, example().payload);
}

TEST(Envelope, WhateverElseIsAPayloadOfAStranger) {
  const std::string whole = write_envelope(example());
  for (const std::string& stored : {std::string(), std::string("{}"), std::string(kEnvelopeMagic),
                                    whole.substr(0, 33), whole.substr(0, 36), " " + whole}) {
    const Envelope read = read_envelope(stored);
    EXPECT_TRUE(read.foreign);
    EXPECT_EQ(read.payload, stored);
  }
}

TEST(Envelope, CutAnywhereItIsReadWithoutHarm) {
  const std::string whole = write_envelope(example());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Envelope read = read_envelope(std::string_view(whole).substr(0, size));
    EXPECT_LE(read.payload.size(), size);
  }
}

TEST(DeadRecord, ComesBackAsItWasWritten) {
  const std::string unique = unique_name("0123456789abcdef", 42);
  const std::string member = write_dead_record({unique, "no luck", "stored"});
  const DeadRecord read = read_dead_record(member);
  EXPECT_EQ(read.unique, unique);
  EXPECT_EQ(read.reason, "no luck");
  EXPECT_EQ(read.stored, "stored");
  EXPECT_EQ(read_dead_record("short").stored, "short");
}

TEST(UniqueName, NamesAJobTheSameWheneverItIsDerived) {
  EXPECT_EQ(unique_name("0123456789abcdef", 42).size(), kUniqueBytes);
  EXPECT_EQ(id_of_unnamed(unique_name("0123456789abcdef", 42)), "0123456789abcdef-2a");
  EXPECT_EQ(id_of_unnamed(unique_name("0123456789abcdef", 0)), "0123456789abcdef-0");
}

TEST(QueueOrder, IsAsConfiguredWhenStrict) {
  BrokerConfig config;
  config.queues = {{"a", 0}, {"b", 0}};
  EXPECT_EQ(QueueOrder(config).next(), "");
}

TEST(QueueOrder, NamesEveryQueueOnceAndFavoursTheHeavy) {
  BrokerConfig config;
  config.queues = {{"heavy", 9}, {"light", 1}};
  QueueOrder order(config);
  int heavy_first = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string next = order.next();
    ASSERT_TRUE(next == "\1\2" || next == "\2\1");
    heavy_first += next == "\1\2" ? 1 : 0;
    order.took(static_cast<std::size_t>(next.front()) - 1);
  }
  EXPECT_EQ(heavy_first, 900);
}

}  // namespace
}  // namespace narwhal::redis
