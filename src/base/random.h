// Random numbers for jitter. Not for secrets.
#pragma once

#include <random>

namespace narwhal {

class Random {
 public:
  Random() : engine_(std::random_device{}()) {}
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  // In [0, 1).
  double unit() { return std::uniform_real_distribution<double>{0.0, 1.0}(engine_); }

 private:
  std::minstd_rand engine_;  // two words of state; jitter asks for no more
};

}  // namespace narwhal
