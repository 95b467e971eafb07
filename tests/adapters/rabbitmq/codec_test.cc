// Frames, whatever pieces they come in.
#include "adapters/rabbitmq/codec.h"

#include <gtest/gtest.h>

namespace narwhal::rabbitmq {
namespace {

constexpr int kFrameMax = 4096;

struct Seen {
  int type;
  int channel;
  std::string text;  // of a body, or the number of a method
};

// As after the login.
void tune(FrameReader& reader) {
  std::string bytes;
  const amqp_connection_start_t start{};
  append_method(bytes, 0, AMQP_CONNECTION_START_METHOD, &start);
  reader.feed(bytes);
  amqp_frame_t frame{};
  auto whole = reader.next(frame);
  ASSERT_TRUE(whole.ok() && *whole);
  reader.tune(10, kFrameMax);
}

std::vector<Seen> read_in_pieces(const std::string& bytes, std::size_t size) {
  FrameReader reader;
  tune(reader);
  std::vector<Seen> seen;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    reader.feed(std::string_view(bytes).substr(at, size));
    while (true) {
      amqp_frame_t frame{};
      auto whole = reader.next(frame);
      if (!whole.ok()) ADD_FAILURE() << whole.error().text();
      if (!whole.ok()) return seen;
      if (!*whole) break;
      Seen one{frame.frame_type, frame.channel, {}};
      if (frame.frame_type == AMQP_FRAME_METHOD) one.text = std::to_string(frame.payload.method.id);
      if (frame.frame_type == AMQP_FRAME_BODY) one.text = to_view(frame.payload.body_fragment);
      seen.push_back(std::move(one));
    }
  }
  return seen;
}

TEST(Codec, FramesAreReadHoweverTheyAreCut) {
  std::string bytes;
  append_heartbeat(bytes);
  amqp_basic_publish_t publish{};
  publish.routing_key = to_bytes("queue");
  append_method(bytes, 3, AMQP_BASIC_PUBLISH_METHOD, &publish);
  const std::string body(10'000, 'b');
  append_content(bytes, 3, encode_properties({}), body, kFrameMax);
  append_ack(bytes, 4, 7, true);
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, bytes.size()}) {
    const auto seen = read_in_pieces(bytes, size);
    ASSERT_EQ(seen.size(), 7U) << size;
    EXPECT_EQ(seen[0].type, AMQP_FRAME_HEARTBEAT);
    EXPECT_EQ(seen[1].channel, 3);
    EXPECT_EQ(seen[1].text, std::to_string(AMQP_BASIC_PUBLISH_METHOD));
    EXPECT_EQ(seen[3].text + seen[4].text + seen[5].text, body);
    EXPECT_EQ(seen[6].text, std::to_string(AMQP_BASIC_ACK_METHOD));
  }
}

TEST(Codec, AnEmptyBodyHasNoFrame) {
  std::string bytes;
  append_content(bytes, 1, encode_properties({}), "", kFrameMax);
  EXPECT_EQ(read_in_pieces(bytes, bytes.size()).size(), 1U);
}

TEST(Codec, WhatIsNoFrameIsAnError) {
  FrameReader reader;
  tune(reader);
  reader.feed("GET / HTTP/1.0\r\n\r\n and more of the kind that no broker ever says");
  amqp_frame_t frame{};
  EXPECT_FALSE(reader.next(frame).ok());
}

TEST(Codec, PropertiesComeBack) {
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_PRIORITY_FLAG;
  properties.message_id = to_bytes("id");
  properties.priority = 9;
  Pool pool;
  const std::string encoded = encode_properties(properties);
  auto decoded = decode_properties(encoded, pool);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(to_view((*decoded)->message_id), "id");
  EXPECT_EQ((*decoded)->priority, 9);
  EXPECT_FALSE(decode_properties("\xff", pool).ok());
}

}  // namespace
}  // namespace narwhal::rabbitmq
