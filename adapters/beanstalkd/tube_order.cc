#include "tube_order.h"

#include <algorithm>

namespace narwhal::beanstalkd {

TubeOrder::TubeOrder(const std::vector<QueueConfig>& queues) {
  const bool weighted = !queues.empty() && queues.front().weight > 0;
  for (const QueueConfig& queue : queues) {
    names_.push_back(queue.name);
    if (!weighted) continue;
    weights_.push_back(queue.weight);
    total_ += queue.weight;
  }
  credit_.assign(weights_.size(), 0);
  all_ = names_.size() >= kMostTubes ? ~TubeSet{0} : (TubeSet{1} << names_.size()) - 1;
}

std::optional<std::size_t> TubeOrder::find(std::string_view name) const {
  const auto at = std::find(names_.begin(), names_.end(), name);
  if (at == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(at - names_.begin());
}

std::size_t TubeOrder::last_step() const {
  if (names_.size() < 2) return 0;
  return weights_.empty() ? names_.size() - 1 : 1;
}

TubeOrder::Step TubeOrder::step(std::size_t n) {
  if (n >= last_step()) return {all_, true};
  if (!weights_.empty()) return {TubeSet{1} << choose(), false};
  // The tubes before were empty a moment ago, so what comes now comes from the one that is new.
  return {(TubeSet{2} << n) - 1, false};
}

// Each tube earns its weight at every choice and the richest one pays for all: every tube gets its
// share, spread evenly.
std::size_t TubeOrder::choose() {
  for (std::size_t i = 0; i < weights_.size(); ++i) credit_[i] += weights_[i];
  const auto richest = std::max_element(credit_.begin(), credit_.end());
  *richest -= total_;
  return static_cast<std::size_t>(richest - credit_.begin());
}

}  // namespace narwhal::beanstalkd
