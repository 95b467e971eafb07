// QueueOrder: which queue is served next: always in the configured order, or by turns that follow
// the weights. Pure.
#pragma once

#include <numeric>
#include <vector>

#include "narwhal/config.h"
#include "narwhal/weighted_turns.h"

namespace narwhal {

class QueueOrder {
 public:
  explicit QueueOrder(const std::vector<QueueConfig>& queues) : strict_(queues.size()) {
    std::iota(strict_.begin(), strict_.end(), std::size_t{0});
    if (queues.empty() || queues.front().weight <= 0) return;
    std::vector<int> weights;
    weights.reserve(queues.size());
    for (const QueueConfig& queue : queues) weights.push_back(queue.weight);
    turns_ = WeightedTurns(weights);
  }

  [[nodiscard]] bool by_weight() const { return !turns_.empty(); }
  // The queues' numbers, the one to look at first in front. Good until the next call.
  [[nodiscard]] const std::vector<std::size_t>& get() {
    return turns_.empty() ? strict_ : turns_.order();
  }
  // A job of that queue was handed out.
  void took(std::size_t queue) {
    if (!turns_.empty()) turns_.took(queue);
  }

 private:
  WeightedTurns turns_;  // empty: strict
  std::vector<std::size_t> strict_;
};

}  // namespace narwhal
