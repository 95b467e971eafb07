// QueueOrder: in which order one fetch looks at the queues. Pure.
#pragma once

#include <string>
#include <vector>

#include "narwhal/config.h"
#include "narwhal/weighted_turns.h"

namespace narwhal::sqlite {

class QueueOrder {
 public:
  explicit QueueOrder(const std::vector<QueueConfig>& queues);

  // Strict: as configured, always. By weight: they take turns. Good until the next call.
  const std::vector<std::string>& next();
  void took(const std::string& queue);

 private:
  std::vector<std::string> names_;
  WeightedTurns turns_;  // empty: strict
  std::vector<std::string> order_;
};

}  // namespace narwhal::sqlite
