#include "adapters/beanstalkd/envelope.h"

#include <gtest/gtest.h>

#include "adapters/beanstalkd/sealing.h"

namespace narwhal::beanstalkd {
namespace {

Envelope full() {
  Envelope envelope;
  envelope.id = "an id";
  envelope.queue = "mail";
  envelope.history = std::string("[{\"error\":\"no\"}]\r\n\0", 19);
  envelope.reason = "failed 3 times";
  envelope.priority = -5;
  envelope.counters = {.attempts = 4000000000, .crashes = 2, .postponed = 7};
  envelope.enqueued_at = from_unix_micros(1'700'000'000'000'001);
  envelope.ready_at = from_unix_micros(1'700'000'000'000'002);
  envelope.died_at = from_unix_micros(-3);
  envelope.ttr = 30;
  envelope.front = true;
  return envelope;
}

}  // namespace

TEST(BeanstalkdEnvelope, ComesBackWithThePayloadUntouched) {
  for (const auto& payload : {std::string{}, std::string("\0narwhal1 ", 10), std::string("x")}) {
    std::string body = seal(full()) + payload;
    Envelope opened;
    ASSERT_EQ(open_envelope(body, opened), Opened::sealed);
    EXPECT_EQ(body, payload);
    EXPECT_EQ(opened.id, full().id);
    EXPECT_EQ(opened.queue, full().queue);
    EXPECT_EQ(opened.history, full().history);
    EXPECT_EQ(opened.reason, full().reason);
    EXPECT_EQ(opened.priority, full().priority);
    EXPECT_EQ(opened.counters, full().counters);
    EXPECT_EQ(opened.enqueued_at, full().enqueued_at);
    EXPECT_EQ(opened.ready_at, full().ready_at);
    EXPECT_EQ(opened.died_at, full().died_at);
    EXPECT_EQ(opened.ttr, full().ttr);
    EXPECT_TRUE(opened.front);
  }
}

TEST(BeanstalkdEnvelope, ABodyWithoutOneIsTheForeignPayload) {
  for (const std::string body : {"", "{}", "narwhal1 ", "\r\n"}) {
    std::string kept = body;
    Envelope opened;
    EXPECT_EQ(open_envelope(kept, opened), Opened::foreign);
    EXPECT_EQ(kept, body);
  }
}

TEST(BeanstalkdEnvelope, DamageIsNoticedAndTheBodyKept) {
  const std::string sealed = seal(full());
  for (std::size_t i = 10; i < sealed.size(); ++i) {
    std::string body = sealed;
    body[i] = static_cast<char>(body[i] ^ 1);
    const std::string damaged = body;
    Envelope opened;
    EXPECT_EQ(open_envelope(body, opened), Opened::damaged) << "byte " << i;
    EXPECT_EQ(body, damaged);
  }
  for (std::size_t size = 10; size < sealed.size(); ++size) {
    std::string body = sealed.substr(0, size);
    Envelope opened;
    EXPECT_EQ(open_envelope(body, opened), Opened::damaged) << "cut at " << size;
  }
}

TEST(BeanstalkdEnvelope, WhereItIsTightHistoryGoesFirstThenTheReason) {
  const std::size_t all = seal(full()).size();
  const auto sealed_in = [](std::size_t room) {
    Envelope opened;
    auto head = seal_within(full(), 1000, 1000 + room);
    if (!head) return std::string("nothing");
    EXPECT_LE(head->size(), room);
    EXPECT_EQ(open_envelope(*head, opened), Opened::sealed);
    EXPECT_EQ(opened.counters, full().counters);
    return std::string(opened.history.empty() ? "" : "history ") + opened.reason;
  };
  EXPECT_EQ(sealed_in(all), "history failed 3 times");
  EXPECT_EQ(sealed_in(all - 1), "failed 3 times");
  EXPECT_EQ(sealed_in(all - full().history.size() - 10), "");
  EXPECT_EQ(sealed_in(50), "nothing");
  EXPECT_FALSE(seal_within(full(), 10, 5));
}

TEST(BeanstalkdEnvelope, OneWithoutHistoryFitsTheRoomThatIsKeptForIt) {
  Envelope envelope = full();
  envelope.history.clear();
  envelope.reason.clear();
  envelope.id.assign(200, 'i');
  envelope.queue.assign(200, 'q');
  envelope.priority = INT32_MIN;
  envelope.counters = {.attempts = UINT32_MAX, .crashes = UINT32_MAX, .postponed = UINT32_MAX};
  envelope.enqueued_at = envelope.ready_at = envelope.died_at = WallTime::min();
  EXPECT_LE(seal(envelope).size(), kEnvelopeRoom);
}

}  // namespace narwhal::beanstalkd
