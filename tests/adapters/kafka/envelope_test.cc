#include "adapters/kafka/envelope.h"

#include <gtest/gtest.h>

namespace narwhal::kafka {
namespace {

const WallTime kNow = from_unix_micros(99);

Envelope read(const MessageHeaders& headers, const MessagePlace& place = {.topic = "t"}) {
  return read_envelope(headers.get(), place, kNow);
}

MessageHeaders headers(const Headers& list) {
  MessageHeaders made(rd_kafka_headers_new(list.size()));
  for (const auto& [name, value] : list) {
    rd_kafka_header_add(made.get(), name.c_str(), -1, value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return made;
}

Envelope full() {
  Envelope envelope;
  envelope.id = "id";
  envelope.priority = -3;
  envelope.counters = {.attempts = 4, .crashes = 2, .postponed = 1};
  envelope.history = std::string("[\"\0\xff\"]", 6);
  envelope.enqueued_at = from_unix_micros(1'700'000'000'123'456);
  envelope.due = from_unix_micros(1'800'000'000'000'001);
  envelope.key = std::string("k\0y", 3);
  envelope.headers = {{"tenant", "acme"}, {"tenant", ""}, {"bin", std::string("\0\1", 2)}};
  envelope.origin = "t/1/2";
  envelope.reason = "why";
  envelope.died_at = from_unix_micros(1'750'000'000'000'000);
  return envelope;
}

TEST(KafkaEnvelope, EverythingComesBack) {
  const Envelope got = read(write_envelope(full(), KeyIn::header));
  EXPECT_EQ(got.id, "id");
  EXPECT_EQ(got.priority, -3);
  EXPECT_EQ(got.counters, full().counters);
  EXPECT_EQ(got.history, full().history);
  EXPECT_EQ(got.enqueued_at, full().enqueued_at);
  EXPECT_EQ(got.due, full().due);
  EXPECT_EQ(got.key, full().key);
  EXPECT_EQ(got.headers, full().headers);
  EXPECT_EQ(got.origin, "t/1/2");
  EXPECT_EQ(got.reason, "why");
  EXPECT_EQ(got.died_at, full().died_at);
}

TEST(KafkaEnvelope, AMessageHasItsKeyAsItsOwn) {
  const MessageHeaders written = write_envelope(full());
  EXPECT_EQ(read(written).key, std::nullopt);
  EXPECT_EQ(read(written, {.topic = "t", .key = "its own"}).key, "its own");
}

TEST(KafkaEnvelope, AnEmptyKeyIsAKey) {
  Envelope envelope = full();
  envelope.key = "";
  EXPECT_EQ(read(write_envelope(envelope, KeyIn::header)).key, "");
  envelope.key.reset();
  EXPECT_EQ(read(write_envelope(envelope, KeyIn::header)).key, std::nullopt);
}

TEST(KafkaEnvelope, AForeignMessageIsNamedByItsPlace) {
  const MessagePlace place{
      .topic = "mail", .partition = 3, .offset = 1'000'000'000'000, .timestamp = 1'700'000'000'123};
  const Envelope got = read_envelope(nullptr, place, kNow);
  EXPECT_EQ(got.id, "mail-3-1000000000000");
  EXPECT_EQ(got.enqueued_at, from_unix_micros(1'700'000'000'123'000));
  EXPECT_EQ(got.priority, kDefaultPriority);
  EXPECT_EQ(got.counters, Counters{});
  EXPECT_FALSE(got.due);
  EXPECT_FALSE(got.key);
  EXPECT_EQ(origin_of(place), "mail/3/1000000000000");
  EXPECT_EQ(read_envelope(nullptr, {.topic = "mail"}, kNow).enqueued_at, kNow);
}

TEST(KafkaEnvelope, AHeaderWithoutAValueIsAnEmptyOne) {
  const MessageHeaders given(rd_kafka_headers_new(1));
  rd_kafka_header_add(given.get(), "nothing", -1, nullptr, 0);
  EXPECT_EQ(read(given).headers, (Headers{{"nothing", ""}}));
}

TEST(KafkaEnvelope, WhatIsNoNumberCountsAsNone) {
  const Envelope got = read(headers({{"narwhal-attempts", "many"},
                                     {"narwhal-crashes", "-5"},
                                     {"narwhal-postponed", "1099511627776"},
                                     {"narwhal-priority", "99999999999"},
                                     {"narwhal-due", "9223372036854775807"},
                                     {"narwhal-died-at", "7x"},
                                     {"narwhal-of-tomorrow", "1"}}));
  EXPECT_EQ(got.counters, (Counters{.attempts = 0, .crashes = 0, .postponed = 0xffffffff}));
  EXPECT_EQ(got.priority, 0x7fffffff);
  ASSERT_TRUE(got.due);
  EXPECT_GT(*got.due - kNow, std::chrono::hours{24 * 365 * 100});
  EXPECT_EQ(got.died_at, WallTime{});
  EXPECT_TRUE(got.headers.empty());
}

TEST(KafkaEnvelope, AHundredHeadersStay) {
  Headers many;
  for (int i = 0; i < 100; ++i) many.emplace_back("h" + std::to_string(i % 50), std::to_string(i));
  EXPECT_EQ(read(headers(many)).headers, many);
}

}  // namespace
}  // namespace narwhal::kafka
