#include "queue_order.h"

namespace narwhal::redis {

QueueOrder::QueueOrder(const BrokerConfig& config) {
  if (!config.weighted() || config.queues.size() < 2) return;
  std::vector<int> weights;
  for (const auto& queue : config.queues) weights.push_back(queue.weight);
  turns_ = WeightedTurns{weights};
}

const std::string& QueueOrder::next() {
  order_.clear();
  if (turns_.empty()) return order_;
  for (const std::size_t queue : turns_.order()) order_ += static_cast<char>(queue + 1);
  return order_;
}

}  // namespace narwhal::redis
