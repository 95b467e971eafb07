// Envelope: what Narwhal stores around a payload: id, counters, time and history, in front of it.
// Anything that does not begin with a whole, sound envelope is a foreign payload, and a job all the
// same. Pure.
//
//   "\0NW\1"  attempts:4 crashes:4 postponed:4 priority:4 enqueued_at:8  id size:2 history size:4
//   id  history  payload                    (numbers big-endian; enqueued_at in Unix microseconds)
#pragma once

#include <string>
#include <string_view>

#include "narwhal/delivery.h"

namespace narwhal::redis {

inline constexpr std::string_view kEnvelopeMagic{"\0NW\1", 4};
inline constexpr std::size_t kEnvelopeHeader = 34;
// The most an envelope adds to a payload.
inline constexpr std::size_t kMostEnvelope = kEnvelopeHeader + 255 + kMaxHistory;

struct Envelope {
  std::string_view id;
  Counters counters;
  std::int32_t priority = kDefaultPriority;
  WallTime enqueued_at{};
  std::string_view history;
  std::string_view payload;
  bool foreign = false;  // only `payload` says something
};

std::string write_envelope(const Envelope& envelope);
// Views into `stored`.
Envelope read_envelope(std::string_view stored);

}  // namespace narwhal::redis
