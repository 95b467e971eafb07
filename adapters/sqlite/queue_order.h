// QueueOrder: in which order one fetch looks at the queues. Pure.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "narwhal/config.h"

namespace narwhal::sqlite {

class QueueOrder {
 public:
  QueueOrder(const std::vector<QueueConfig>& queues, std::uint32_t seed);

  // Strict: as configured, always. By weight: drawn anew, so that a queue of weight 3 comes first
  // three times as often as one of weight 1, and none starves. Good until the next call.
  const std::vector<std::string>& next();

 private:
  void draw();

  std::vector<std::string> names_;
  std::vector<int> weights_;  // in step with names_; empty: strict
  std::minstd_rand random_;
};

}  // namespace narwhal::sqlite
