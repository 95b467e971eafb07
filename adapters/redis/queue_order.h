// QueueOrder: in which order a fetch looks at the queues, as the bytes the script reads: one index
// from 1 for each queue. Pure.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "narwhal/config.h"

namespace narwhal::redis {

// An index is one byte.
inline constexpr std::size_t kMostQueues = 255;

class QueueOrder {
 public:
  QueueOrder(const BrokerConfig& config, std::uint32_t seed);

  // Strict: empty, which means "as configured". By weight: drawn anew, each queue's chance to come
  // next being its share of the weights left, so none starves. Good until the next call.
  const std::string& next();

 private:
  std::vector<int> weights_;  // empty: strict
  std::vector<int> left_;
  std::string order_;
  std::minstd_rand random_;
};

}  // namespace narwhal::redis
