#include "queue_order.h"

#include <algorithm>
#include <numeric>

namespace narwhal::redis {

QueueOrder::QueueOrder(const BrokerConfig& config, std::uint32_t seed) : random_(seed) {
  if (!config.weighted() || config.queues.size() < 2) return;
  for (const auto& queue : config.queues) weights_.push_back(std::max(queue.weight, 1));
}

const std::string& QueueOrder::next() {
  order_.clear();
  left_ = weights_;
  int total = std::accumulate(left_.begin(), left_.end(), 0);
  while (total > 0) {
    int ticket = std::uniform_int_distribution<int>(0, total - 1)(random_);
    std::size_t drawn = 0;
    while (ticket >= left_[drawn]) ticket -= left_[drawn++];
    order_ += static_cast<char>(drawn + 1);
    total -= left_[drawn];
    left_[drawn] = 0;
  }
  return order_;
}

}  // namespace narwhal::redis
