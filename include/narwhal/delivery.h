// A Delivery is one job reserved from a broker; a Verdict says what is to become of it.
// Both are broker-neutral values: the master moves them between adapters and workers and never
// looks inside a payload.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "narwhal/clock.h"

namespace narwhal {

// The adapter's own name for one delivery; unique within the life of one Broker object, never 0.
using Reservation = std::uint64_t;

using Headers = std::vector<std::pair<std::string, std::string>>;

// What has happened to a job so far. Belongs to the job, not to the delivery: it is stored with it
// and survives restarts of everything.
struct Counters {
  std::uint32_t attempts = 0;  // runs that failed: raised, returned failure, timed out
  std::uint32_t crashes = 0;   // runs whose worker, or whose master, died
  std::uint32_t postponed =
      0;  // runs given back without spending an attempt (unknown class, exit 75)

  friend bool operator==(const Counters&, const Counters&) = default;
};

// Default priority; a lower number is more urgent, as in ActiveJob.
inline constexpr std::int32_t kDefaultPriority = 0;

// Largest `history` an adapter has to keep with a job, in bytes.
inline constexpr std::size_t kMaxHistory = std::size_t{32} * 1024;

struct Delivery {
  Reservation reservation = 0;
  std::string id;  // stable job id: the same on every delivery of this job
  std::string queue;
  std::string payload;  // any bytes
  std::int32_t priority = kDefaultPriority;
  Counters counters;
  WallTime enqueued_at{};
  // What earlier runs left behind, as JSON text written by the master (see src/master/history.h).
  // Opaque to adapters, but for what add_orphan_run() adds; stored and returned byte for byte;
  // empty before the first failed run.
  std::string history;
  Headers headers;  // where the broker has them, else empty
};

struct Verdict {
  enum class Action : std::uint8_t {
    ack,      // finished: the broker's copy may go
    retry,    // run again after `delay`
    release,  // back to the front of its queue at once, counters unchanged
    bury,     // dead letter, with `counters`, `history` and `reason`
  };

  Action action = Action::ack;
  Counters counters;    // retry, bury: the counters to store
  Duration delay{0};    // retry: not before this long from now
  std::string history;  // retry, bury: replaces Delivery::history
  std::string reason;   // bury: one line saying why
  // retry: where the job itself asked to be run again with other content (ActiveJob's retry_on).
  // The delivery's payload, queue and priority are then already the new ones; an adapter that keeps
  // the original in the broker must write them back.
  bool rewritten = false;
};

}  // namespace narwhal
