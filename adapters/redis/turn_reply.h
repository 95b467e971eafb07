// TurnReply: the reply of the turn's script as a value (see scripts.h). Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "narwhal/broker.h"
#include "resp.h"

namespace narwhal::redis {

struct TurnReply {
  struct Refused {
    std::string_view field;
    std::string_view why;  // empty: it is not ours any more
  };
  struct Batch {
    std::size_t queue = 0;  // index, from 0
    Reservation first = 0;
    std::span<redisReply* const> jobs;
  };

  std::vector<Refused> refused;
  bool looked = false;           // whether the delayed jobs were looked at
  std::optional<Duration> wait;  // until the next of them is due
  std::int64_t set_aside = 0;
  std::string_view problem;
  bool all_empty = false;
  std::vector<Batch> batches;

  // Views into `reply`. `queues`: how many there are. None when the reply makes no sense.
  static std::optional<TurnReply> parse(const redisReply& reply, std::size_t queues);
};

}  // namespace narwhal::redis
