// Envelope: what Narwhal keeps with a job besides its payload. beanstalkd stores one body of bytes
// for each job and no headers, so the envelope is sealed in front of the payload. A job of a
// foreign producer has none until it fails for the first time. Pure; README.md gives the layout.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "narwhal/delivery.h"

namespace narwhal::beanstalkd {

struct Envelope {
  std::string id;
  std::string queue;
  std::string history;
  std::string reason;  // of a dead letter
  std::int32_t priority = kDefaultPriority;
  Counters counters;
  WallTime enqueued_at{};
  WallTime ready_at{};  // when it was, or is, due
  WallTime died_at{};   // of a dead letter
  std::uint32_t ttr = 0;
  bool front = false;  // was put at the front of its priority, since its last run was cut off
};

// The bytes to put before the payload.
std::string seal(const Envelope& envelope);

enum class Opened : std::uint8_t {
  foreign,  // no envelope: the whole body is the payload
  sealed,   // the body is now the payload alone
  damaged,  // begins like an envelope and is none; the body is unchanged
};
Opened open_envelope(std::string& body, Envelope& envelope);

}  // namespace narwhal::beanstalkd
