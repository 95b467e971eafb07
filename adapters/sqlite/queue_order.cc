#include "queue_order.h"

#include <algorithm>
#include <numeric>

namespace narwhal::sqlite {

QueueOrder::QueueOrder(const std::vector<QueueConfig>& queues, std::uint32_t seed) : random_(seed) {
  const bool weighted = std::any_of(queues.begin(), queues.end(),
                                    [](const QueueConfig& queue) { return queue.weight > 0; });
  for (const auto& queue : queues) {
    names_.push_back(queue.name);
    if (weighted) weights_.push_back(std::max(queue.weight, 1));
  }
}

const std::vector<std::string>& QueueOrder::next() {
  if (!weights_.empty()) draw();
  return names_;
}

void QueueOrder::draw() {
  for (std::size_t first = 0; first + 1 < names_.size(); ++first) {
    const auto begin = weights_.begin() + static_cast<std::ptrdiff_t>(first);
    const int total = std::accumulate(begin, weights_.end(), 0);
    int ticket = std::uniform_int_distribution<int>(0, total - 1)(random_);
    std::size_t drawn = first;
    while (ticket >= weights_[drawn]) ticket -= weights_[drawn++];
    std::swap(names_[first], names_[drawn]);
    std::swap(weights_[first], weights_[drawn]);
  }
}

}  // namespace narwhal::sqlite
