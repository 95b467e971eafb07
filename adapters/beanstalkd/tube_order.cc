#include "tube_order.h"

#include <algorithm>

namespace narwhal::beanstalkd {

TubeOrder::TubeOrder(const std::vector<QueueConfig>& queues) {
  std::vector<int> weights;
  for (const QueueConfig& queue : queues) {
    names_.push_back(queue.name);
    weights.push_back(queue.weight);
  }
  const bool weighted = !queues.empty() && queues.front().weight > 0;
  if (weighted) turns_ = WeightedTurns{weights};
  all_ = names_.size() >= kMostTubes ? ~TubeSet{0} : (TubeSet{1} << names_.size()) - 1;
}

std::optional<std::size_t> TubeOrder::find(std::string_view name) const {
  const auto at = std::find(names_.begin(), names_.end(), name);
  if (at == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(at - names_.begin());
}

std::size_t TubeOrder::last_step() const {
  if (names_.size() < 2) return 0;
  return turns_.empty() ? names_.size() - 1 : 1;
}

TubeOrder::Step TubeOrder::step(std::size_t n) {
  if (n >= last_step()) return {all_, true};
  if (!turns_.empty()) {
    const std::size_t tube = turns_.order().front();
    turns_.took(tube);
    return {TubeSet{1} << tube, false};
  }
  // The tubes before were empty a moment ago, so what comes now comes from the one that is new.
  return {(TubeSet{2} << n) - 1, false};
}

}  // namespace narwhal::beanstalkd
