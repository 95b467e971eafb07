#include "support/daemon/wait.h"

#include <thread>

namespace narwhal::test {
namespace {

constexpr milliseconds kStep{5};

}  // namespace

bool eventually(const std::function<bool()>& condition, milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(kStep);
  }
  return true;
}

bool stays(const std::function<bool()>& condition, milliseconds span) {
  return !eventually([&] { return !condition(); }, span);
}

}  // namespace narwhal::test
