// TubeOrder: in which order the tubes are asked for a job. The server itself picks by priority over
// all tubes that a connection watches, so an order of tubes is a sequence of steps: watch the first
// tubes only and ask without waiting, then more of them, and wait on all of them at last. One tube
// is one step. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "narwhal/config.h"
#include "narwhal/weighted_turns.h"

namespace narwhal::beanstalkd {

// A set of tubes, one bit for each in the order of the configuration.
using TubeSet = std::uint64_t;
inline constexpr std::size_t kMostTubes = 64;

class TubeOrder {
 public:
  struct Step {
    TubeSet tubes = 0;
    bool wait = false;  // until a job comes; else answer at once
  };

  explicit TubeOrder(const std::vector<QueueConfig>& queues);

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;
  [[nodiscard]] TubeSet all() const { return all_; }
  [[nodiscard]] std::size_t last_step() const;
  // The n-th step; the first one chooses anew where queues have weights.
  [[nodiscard]] Step step(std::size_t n);

 private:
  std::vector<std::string> names_;
  WeightedTurns turns_;  // empty: strict order
  TubeSet all_ = 0;
};

}  // namespace narwhal::beanstalkd
