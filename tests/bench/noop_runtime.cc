// A runtime that does nothing, straight on the C boundary: what is left is Narwhal's own hand-off.
// A payload of eight bytes is the steady clock's time of its enqueueing: the wait is recorded.
#include <chrono>
#include <cstring>

#include "counters.h"
#include "narwhal/runtime.h"

namespace {

narwhal::bench::Counters* counters = nullptr;
narwhal::bench::Counters::Slot* own = nullptr;

std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

int load(const narwhal_host*, narwhal_text, narwhal_text* error) {
  static constexpr char kReason[] = "no counters";
  counters = narwhal::bench::counters_from_environment();
  if (counters != nullptr) return 0;
  *error = {kReason, sizeof kReason - 1};
  return -1;
}

int after_fork(std::uint32_t slot, narwhal_text*) {
  own = &counters->slots[slot];
  own->ready_at.store(now());
  return 0;
}

void execute(const narwhal_job* job, narwhal_result* result) {
  std::int64_t sent = 0;
  if (job->payload.size == sizeof sent) {
    std::memcpy(&sent, job->payload.data, sizeof sent);
    counters->add_wait(now() - sent);
  }
  own->jobs.store(own->jobs.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  result->outcome = NARWHAL_DONE;
}

}  // namespace

extern "C" const narwhal_runtime* narwhal_runtime_v1() {
  static narwhal_runtime runtime{};
  runtime.abi = NARWHAL_RUNTIME_ABI;
  runtime.size = sizeof runtime;
  runtime.name = "noop";
  runtime.version = "1";
  runtime.load = load;
  runtime.after_fork = after_fork;
  runtime.execute = execute;
  return &runtime;
}
