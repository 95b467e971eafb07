// QueueOrder: which queue is served next: always in the configured order, or drawn by weight. A
// draw stands until a job was handed out, so that waiting for an answer does not change the odds.
// Pure.
#pragma once

#include <random>
#include <vector>

#include "narwhal/config.h"

namespace narwhal::rabbitmq {

class QueueOrder {
 public:
  explicit QueueOrder(const std::vector<QueueConfig>& queues);

  // The queues' numbers, the one to look at first in front.
  [[nodiscard]] const std::vector<std::size_t>& get() const { return order_; }
  [[nodiscard]] bool strict() const { return weights_.empty(); }
  // A job was handed out.
  void next();

 private:
  std::vector<double> weights_;  // empty: strict
  std::vector<std::size_t> order_;
  std::minstd_rand random_;
};

}  // namespace narwhal::rabbitmq
