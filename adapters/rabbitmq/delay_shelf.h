// DelayShelf: the delayed jobs of one queue that its mover holds, and when which of them has to be
// moved. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "delay_levels.h"

namespace narwhal::rabbitmq {

struct Delayed {
  std::size_t level = 0;
  std::uint64_t tag = 0;
  WallTime due{};
  WallTime entered{};  // its level
  WallTime since{};    // when it came here
  bool returned = false;
  std::string properties;  // encoded
  std::string body;
};

class DelayShelf {
 public:
  static constexpr WallTime kNothing = WallTime::max();

  // The server wants to hear of a job within some time (consumer_timeout): none is held longer than
  // `limit`.
  void hold_at_most(std::chrono::microseconds limit);
  [[nodiscard]] std::chrono::microseconds limit() const { return limit_; }

  void put(Delayed job);
  // When take() has something to give; kNothing: never.
  [[nodiscard]] WallTime next() const { return next_; }
  // Those to be moved now. They take up room in their level until left().
  std::vector<Delayed> take(WallTime now);
  void left(std::size_t level);
  // Those that wait.
  [[nodiscard]] std::size_t size() const { return jobs_.size(); }
  void clear();

 private:
  [[nodiscard]] WallTime move_at(const Delayed& job) const;
  [[nodiscard]] bool full(std::size_t level) const;
  void find_next();

  std::vector<Delayed> jobs_;
  std::array<std::size_t, kDelayLevels.size()> unsettled_{};
  // A third of what RabbitMQ 3.8 allows, and a sixth of its successors' time.
  std::chrono::microseconds limit_ = std::chrono::minutes{5};
  WallTime next_ = kNothing;
};

}  // namespace narwhal::rabbitmq
