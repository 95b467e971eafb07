// Counters: a file that the benchmark and the workers of its daemon map together. Each worker
// writes only the line of its own slot, so counting costs a job about a nanosecond.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace narwhal::bench {

// Names the file in a worker's environment.
inline constexpr const char* kCountersVariable = "NARWHAL_BENCH_COUNTERS";

struct Counters {
  static constexpr std::size_t kSlots = 1024;
  static constexpr std::size_t kWaits = 65'536;

  struct alignas(64) Slot {
    std::atomic<std::uint64_t> jobs{0};
    std::atomic<std::int64_t> ready_at{0};  // steady clock, nanoseconds; 0: not yet
  };
  std::array<Slot, kSlots> slots;
  // Nanoseconds from enqueue to start, of jobs that carry their own time.
  std::atomic<std::uint64_t> wait_count{0};
  std::array<std::atomic<std::int64_t>, kWaits> waits;

  [[nodiscard]] std::uint64_t jobs() const {
    std::uint64_t sum = 0;
    for (const Slot& slot : slots) sum += slot.jobs.load(std::memory_order_relaxed);
    return sum;
  }
  void add_wait(std::int64_t nanoseconds) {
    const std::uint64_t index = wait_count.load(std::memory_order_relaxed);
    if (index < kWaits) waits[index].store(nanoseconds, std::memory_order_relaxed);
    wait_count.store(index + 1, std::memory_order_release);
  }
};

// Null when it cannot be mapped. `create`: a fresh file of zeros.
inline Counters* map_counters(const char* path, bool create) {
  const int fd = ::open(path, create ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0) return nullptr;
  const bool sized = !create || ::ftruncate(fd, sizeof(Counters)) == 0;
  void* memory = sized
                     ? ::mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                     : MAP_FAILED;
  ::close(fd);
  return memory == MAP_FAILED ? nullptr : std::launder(static_cast<Counters*>(memory));
}

inline Counters* counters_from_environment() {
  const char* path = std::getenv(kCountersVariable);
  return path == nullptr ? nullptr : map_counters(path, /*create=*/false);
}

}  // namespace narwhal::bench
