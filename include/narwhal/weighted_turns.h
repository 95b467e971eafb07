// WeightedTurns: whose turn it is among queues with weights. For every job taken each queue earns
// its weight and the one that gave it pays for all; the richest is next. So each gets its share,
// spread evenly, whether jobs come one by one or by the hundred. Drawing lots would give the same
// shares, but where a turn brings many jobs a run of bad luck makes a queue wait for all of them.
// Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace narwhal {

class WeightedTurns {
 public:
  // None: strict order. A weight below 1 counts as 1.
  explicit WeightedTurns(const std::vector<int>& weights = {}) : credit_(weights.size(), 0) {
    for (const int weight : weights) weights_.push_back(std::max(weight, 1));
    total_ = std::accumulate(weights_.begin(), weights_.end(), std::int64_t{0});
    order_.resize(weights_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }

  [[nodiscard]] bool empty() const { return weights_.empty(); }

  // All queues by index: the one whose turn it is, and those to turn to when it has too few jobs.
  // Good until the next call.
  const std::vector<std::size_t>& order() {
    std::sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) {
      return std::pair(-credit_[a], a) < std::pair(-credit_[b], b);
    });
    return order_;
  }

  // A job was taken from this queue. A queue that has been empty for long does not come back as
  // rich as all that time: nobody saves up, or owes, more than kMostJobs turns.
  void took(std::size_t queue) {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      credit_[i] += weights_[i] - (i == queue ? total_ : 0);
      credit_[i] = std::clamp(credit_[i], -kMostJobs * total_, kMostJobs * total_);
    }
  }

 private:
  static constexpr std::int64_t kMostJobs = 64;

  std::vector<std::int64_t> weights_;
  std::vector<std::int64_t> credit_;
  std::int64_t total_ = 0;
  std::vector<std::size_t> order_;
};

}  // namespace narwhal
