#include "adapters/rabbitmq/envelope.h"

#include <gtest/gtest.h>

#include "adapters/rabbitmq/table.h"

namespace narwhal::rabbitmq {
namespace {

constexpr std::size_t kRoom = std::size_t{128} * 1024;

class EnvelopeTest : public testing::Test {
 protected:
  Envelope read(const std::string& properties, const std::string& body = "body") {
    return read_envelope(properties, body, /*max_priority=*/10, from_unix_micros(99), pool);
  }
  std::string write(const Envelope& envelope, const std::string& original = {},
                    std::size_t most = kRoom) {
    return write_envelope(envelope, original, /*max_priority=*/10, most, pool);
  }

  Pool pool;
};

Envelope full() {
  Envelope envelope;
  envelope.id = "id";
  envelope.priority = -3;
  envelope.counters = {.attempts = 4, .crashes = 2, .postponed = 1};
  envelope.history = std::string("[\"\0\xff\"]", 6);
  envelope.enqueued_at = from_unix_micros(1'700'000'000'123'456);
  envelope.due = from_unix_micros(1'800'000'000'000'001);
  envelope.reason = "why";
  envelope.died_at = from_unix_micros(1'750'000'000'000'000);
  return envelope;
}

TEST_F(EnvelopeTest, EverythingComesBack) {
  const Envelope got = read(write(full()));
  EXPECT_EQ(got.id, "id");
  EXPECT_EQ(got.priority, -3);
  EXPECT_EQ(got.counters, full().counters);
  EXPECT_EQ(got.history, full().history);
  EXPECT_EQ(got.enqueued_at, full().enqueued_at);
  EXPECT_EQ(got.due, full().due);
  EXPECT_EQ(got.reason, "why");
  EXPECT_EQ(got.died_at, full().died_at);
  EXPECT_TRUE(got.headers.empty());
}

TEST_F(EnvelopeTest, AForeignMessageHasAnIdOfItsContent) {
  const std::string none = encode_properties({});
  const std::string id = read(none, "one").id;
  EXPECT_FALSE(id.empty());
  EXPECT_EQ(read(none, "one").id, id);
  EXPECT_NE(read(none, "two").id, id);
  EXPECT_EQ(read(none).enqueued_at, from_unix_micros(99));
  EXPECT_EQ(read(none).priority, kDefaultPriority);
}

TEST_F(EnvelopeTest, TheServersNotesDoNotChangeTheId) {
  Table headers;
  headers.add("x-delivery-count", std::int64_t{2});
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG;
  properties.headers = headers.get();
  const Envelope got = read(encode_properties(properties));
  EXPECT_EQ(got.id, read(encode_properties({})).id);
  EXPECT_EQ(got.returns, 2);
  EXPECT_TRUE(got.headers.empty());
}

TEST_F(EnvelopeTest, ForeignHeadersStayAndOurOldOnesGo) {
  Table headers;
  headers.add("tenant", "acme");
  headers.add("narwhal-due", std::int64_t{5});
  headers.add("x-first-death-reason", "expired");
  headers.add("CC", "elsewhere");
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_EXPIRATION_FLAG | AMQP_BASIC_TYPE_FLAG;
  properties.headers = headers.get();
  properties.expiration = to_bytes("100");
  properties.type = to_bytes("invoice");
  Envelope copy;
  copy.id = "new";
  const std::string written = write(copy, encode_properties(properties));
  const Envelope got = read(written);
  EXPECT_EQ(got.headers, (Headers{{"tenant", "acme"}}));
  EXPECT_FALSE(got.due);
  auto decoded = decode_properties(written, pool);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(to_view((*decoded)->type), "invoice");
  EXPECT_EQ((*decoded)->_flags & AMQP_BASIC_EXPIRATION_FLAG, 0U) << "it would expire once more";
  EXPECT_EQ((*decoded)->delivery_mode, 2);
}

TEST_F(EnvelopeTest, HistoryGoesWhereAFrameIsTooSmall) {
  Envelope envelope = full();
  envelope.history.assign(5000, 'h');
  const Envelope got = read(write(envelope, {}, 4096));
  EXPECT_EQ(got.history, "");
  EXPECT_EQ(got.reason, "why");
  EXPECT_EQ(got.counters, envelope.counters);
}

TEST_F(EnvelopeTest, WrongKindsOfOurHeadersAreTakenForNone) {
  Table headers;
  headers.add("narwhal-attempts", "many");
  headers.add("narwhal-crashes", std::int64_t{-5});
  headers.add("narwhal-postponed", std::int64_t{1} << 40);
  headers.add("narwhal-history", true);
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_HEADERS_FLAG;
  properties.headers = headers.get();
  const Envelope got = read(encode_properties(properties));
  EXPECT_EQ(got.counters, (Counters{.attempts = 0, .crashes = 0, .postponed = 0xffffffff}));
  EXPECT_EQ(got.history, "");
}

TEST(PriorityLevels, AreCentredAndBounded) {
  EXPECT_EQ(to_level(0, 10), 5);
  EXPECT_EQ(to_level(-5, 10), 10);
  EXPECT_EQ(to_level(5, 10), 0);
  EXPECT_EQ(to_level(-1000, 10), 10);
  EXPECT_EQ(to_level(2147483647, 255), 0);
  EXPECT_EQ(from_level(10, 10), -5);
  EXPECT_EQ(from_level(200, 10), -5);
  EXPECT_EQ(from_level(0, 10), 5);
}

}  // namespace
}  // namespace narwhal::rabbitmq
