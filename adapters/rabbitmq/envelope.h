// Envelope: what Narwhal knows of a job besides its payload, read from and written to a message's
// properties. A foreign message has none of it until it fails for the first time; what its
// properties and headers hold stays with it, on every way. Pure; README.md lists the headers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec.h"
#include "narwhal/delivery.h"

namespace narwhal::rabbitmq {

struct Envelope {
  std::string id;
  std::int32_t priority = kDefaultPriority;
  Counters counters;
  std::string history;
  WallTime enqueued_at{};
  std::optional<WallTime> due;  // of a delayed job
  WallTime delayed_at{};        // when it came where it waits until then
  Headers headers;              // not Narwhal's own

  // Of a dead letter.
  std::string reason;
  WallTime died_at{};

  std::int64_t returns = 0;  // how often a quorum queue has taken it back
};

// Priorities of queues go from 0 to a maximum, higher ones first; ours are centred on 0, lower ones
// first. A maximum of 0: the queue has none, and what is written is for another that may have.
std::uint8_t to_level(std::int32_t priority, int max_priority);
std::int32_t from_level(std::uint8_t level, int max_priority);

// `now`: when a foreign message that does not say was enqueued.
Envelope read_envelope(std::string_view properties, std::string_view body, int max_priority,
                       WallTime now, Pool& pool);

// The properties of a copy of the message with `original` properties (empty: a new one), encoded.
// Not longer than `most`: where they would be, history goes first, then the reason.
std::string write_envelope(Envelope envelope, std::string_view original, int max_priority,
                           std::size_t most, Pool& pool);

}  // namespace narwhal::rabbitmq
