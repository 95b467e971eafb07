#include "runtimes/ruby/heap_holes.h"

#include <malloc.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace narwhal::ruby {

#ifdef __GLIBC__

namespace {

// Larger requests may be mapped instead of being cut from the heap.
constexpr std::size_t kLargest = std::size_t{100} * 1024;
constexpr std::size_t kSmallest = 24;
constexpr std::size_t kFine = 1024;

// Every size of chunk malloc has below kFine, coarser steps above.
constexpr std::size_t next_smaller(std::size_t size) {
  return size > kFine ? size / 8 * 7 : size - 16;
}

// The part of the main heap that lies below its never used end.
struct Heap {
  std::uintptr_t begin;
  std::uintptr_t top;

  static Heap now() {
    const struct mallinfo2 info = ::mallinfo2();
    const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0));
    return {end - info.arena, end - info.keepcost};
  }
  [[nodiscard]] bool has(const void* chunk) const {
    const auto at = reinterpret_cast<std::uintptr_t>(chunk);
    return at >= begin && at < top;
  }
};

// False: there is no hole of that size left.
bool plug_one(std::size_t size, const Heap& heap) {
  void* volatile chunk = std::malloc(size);  // volatile: malloc and free are not to be left out
  if (heap.has(chunk)) return true;          // kept
  std::free(chunk);
  return false;
}

}  // namespace

void plug_heap_holes() {
  const Heap heap = Heap::now();
  for (std::size_t size = kLargest; size >= kSmallest; size = next_smaller(size)) {
    while (plug_one(size, heap)) {
    }
  }
}

#else

void plug_heap_holes() {}

#endif

}  // namespace narwhal::ruby
