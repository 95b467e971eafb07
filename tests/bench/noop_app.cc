// An application of one C++ job that does nothing: what a native job costs with the framework.
#include <narwhal/app.h>

#include <chrono>
#include <stdexcept>

#include "counters.h"

namespace {

narwhal::bench::Counters::Slot* own = nullptr;

struct NoOp : narwhal::Job<NoOp> {
  static constexpr std::string_view job_class = "NoOp";
  void perform(const std::string&, int) {
    own->jobs.store(own->jobs.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
};

}  // namespace

NARWHAL_APP(app) {
  app.add<NoOp>();
  auto* counters = narwhal::bench::counters_from_environment();
  if (counters == nullptr) throw std::runtime_error("no counters");
  app.after_fork([counters](unsigned slot) {
    own = &counters->slots[slot];
    own->ready_at.store(std::chrono::steady_clock::now().time_since_epoch().count());
  });
}
