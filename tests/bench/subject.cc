#include "subject.h"

#include <sched.h>

#include <chrono>
#include <thread>

#include "check.h"
#include "process_usage.h"

namespace narwhal::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLook = std::chrono::milliseconds{1};
constexpr auto kPatience = std::chrono::minutes{1};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Running totals; the difference of two is a Window.
Window totals(const Subject& subject, Clock::time_point begin) {
  Window now;
  now.jobs = static_cast<double>(subject.jobs());
  now.seconds = seconds_since(begin);
  now.master_cpu = cpu_seconds(subject.master);
  now.workers_cpu = cpu_seconds(subject.workers);
  return now;
}

}  // namespace

const char* name_of(Placement placement) {
  return placement == Placement::pinned ? "pinned" : "free";
}

void place_self(Placement placement) {
  if (placement == Placement::free) return;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  check(::sched_getaffinity(0, sizeof allowed, &allowed) == 0, "read the CPU affinity");
  // The last one: interrupts tend to go to the first.
  int last = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) last = cpu;
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(last, &one);
  check(::sched_setaffinity(0, sizeof one, &one) == 0, "set the CPU affinity");
}

Window watch(const Subject& subject, double seconds, std::uint64_t most_jobs) {
  const auto begin = Clock::now();
  const Window before = totals(subject, begin);
  while (seconds_since(begin) < seconds && subject.jobs() < most_jobs) {
    std::this_thread::sleep_for(kLook);
  }
  const Window after = totals(subject, begin);
  return {after.seconds - before.seconds, after.jobs - before.jobs,
          after.master_cpu - before.master_cpu, after.workers_cpu - before.workers_cpu};
}

void wait_until(const std::function<bool()>& done, const char* what) {
  const auto begin = Clock::now();
  while (!done()) {
    errno = ETIMEDOUT;
    check(Clock::now() - begin < kPatience, what);
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace narwhal::bench
