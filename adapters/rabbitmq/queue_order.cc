#include "queue_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace narwhal::rabbitmq {

QueueOrder::QueueOrder(const std::vector<QueueConfig>& queues)
    : order_(queues.size()), random_(std::random_device{}()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  if (queues.empty() || queues.front().weight <= 0) return;
  for (const QueueConfig& queue : queues) weights_.push_back(queue.weight);
  next();
}

// Each queue gets an exponential time of its rate; in the order of these times, each is in front of
// the rest as often as its weight says.
void QueueOrder::next() {
  if (strict()) return;
  std::vector<double> times;
  for (const double weight : weights_) {
    times.push_back(std::exponential_distribution<double>(weight)(random_));
  }
  std::sort(order_.begin(), order_.end(),
            [&times](std::size_t one, std::size_t other) { return times[one] < times[other]; });
}

}  // namespace narwhal::rabbitmq
