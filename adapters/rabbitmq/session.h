// Session: what the intakes of one Broker share: settings, what the loop wants, and what the next
// step() has to tell the master. Plain data; the master's one thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "codec.h"
#include "location.h"
#include "narwhal/broker.h"

namespace narwhal::rabbitmq {

// A reservation names its intake in the lowest bits, so that a verdict finds it without a table.
inline constexpr int kIntakeBits = 7;
inline constexpr std::size_t kMostIntakes = std::size_t{1} << kIntakeBits;
// Each has two intakes.
inline constexpr std::size_t kMostQueues = kMostIntakes / 2;

struct Session {
  const Clock* clock = nullptr;
  QueueSettings queues;
  std::size_t max_payload = 0;

  TimePoint now{};
  bool fetching = true;
  // Until then a message that was delivered before tells nothing of a crash: all consumers were
  // cut off together, when the connection was lost. kNever: it is not back yet.
  TimePoint cut_off_until{};
  std::uint64_t reservations = 0;  // made so far
  std::size_t header_room = 0;     // for a message's properties: they have to fit into one frame
  Pool pool;
  BrokerEvents reports;

  Reservation new_reservation(std::size_t intake) {
    return (++reservations << kIntakeBits) | intake;
  }
  void notice(BrokerEvents::Level level, std::string text,
              std::vector<BrokerEvents::NoticeField> fields = {}) {
    reports.notices.push_back({level, std::move(text), std::move(fields)});
  }
  void warn(std::string text) { notice(BrokerEvents::Level::warning, std::move(text)); }
};

}  // namespace narwhal::rabbitmq
