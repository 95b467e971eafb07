// Envelope: what Narwhal knows of a job besides its payload, read from and written to a message's
// headers. A foreign message has none of it until it fails for the first time; the headers and the
// key that it came with stay with it, on every way. Pure; README.md lists the headers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "handles.h"
#include "narwhal/delivery.h"

namespace narwhal::kafka {

struct Envelope {
  std::string id;
  std::int32_t priority = kDefaultPriority;
  Counters counters;
  std::string history;
  WallTime enqueued_at{};
  std::optional<WallTime> due;     // of a delayed job
  std::optional<std::string> key;  // any bytes; none is not the same as an empty one
  Headers headers;                 // not Narwhal's own

  // Of a dead letter, and of a job that was taken from a dead master.
  std::string origin;  // the message that it was: "topic/partition/offset"
  std::string reason;
  WallTime died_at{};
};

// Where a message stands, and what it has besides headers and payload.
struct MessagePlace {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp = -1;  // in milliseconds since the Unix epoch; -1: it has none
  std::optional<std::string_view> key;
};

MessagePlace place_of(const rd_kafka_message_t& message);

// "topic/partition/offset"
std::string origin_of(const MessagePlace& place);

// `headers` may be null. `now`: when a message without a timestamp was enqueued.
Envelope read_envelope(const rd_kafka_headers_t* headers, const MessagePlace& place, WallTime now);

// A message has its key as its own, but where that has to be another one: in a topic of dead
// letters.
enum class KeyIn : std::uint8_t { message, header };

MessageHeaders write_envelope(const Envelope& envelope, KeyIn key = KeyIn::message);

}  // namespace narwhal::kafka
