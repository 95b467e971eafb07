// QueueOrder: in which order a fetch looks at the queues, as the bytes the script reads: one index
// from 1 for each queue. Pure.
#pragma once

#include <string>
#include <vector>

#include "narwhal/config.h"
#include "narwhal/weighted_turns.h"

namespace narwhal::redis {

// An index is one byte.
inline constexpr std::size_t kMostQueues = 255;

class QueueOrder {
 public:
  explicit QueueOrder(const BrokerConfig& config);

  // Strict: empty, which means "as configured". By weight: they take turns. Good until the next
  // call.
  const std::string& next();
  void took(std::size_t queue) {
    if (!turns_.empty()) turns_.took(queue);
  }

 private:
  WeightedTurns turns_;  // empty: strict
  std::string order_;
};

}  // namespace narwhal::redis
