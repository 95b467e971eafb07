#include "queue_order.h"

#include <algorithm>

namespace narwhal::sqlite {

QueueOrder::QueueOrder(const std::vector<QueueConfig>& queues) {
  std::vector<int> weights;
  for (const auto& queue : queues) {
    names_.push_back(queue.name);
    weights.push_back(queue.weight);
  }
  if (std::any_of(weights.begin(), weights.end(), [](int weight) { return weight > 0; })) {
    turns_ = WeightedTurns{weights};
  }
}

const std::vector<std::string>& QueueOrder::next() {
  if (turns_.empty()) return names_;
  order_.clear();
  for (const std::size_t queue : turns_.order()) order_.push_back(names_[queue]);
  return order_;
}

void QueueOrder::took(const std::string& queue) {
  if (turns_.empty()) return;
  const auto name = std::find(names_.begin(), names_.end(), queue);
  turns_.took(static_cast<std::size_t>(name - names_.begin()));
}

}  // namespace narwhal::sqlite
