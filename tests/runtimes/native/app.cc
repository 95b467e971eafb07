#include <unistd.h>

#include <cstdlib>

#include "jobs.h"

namespace test_jobs {
namespace {

// What HookProbe reports. Static, since hooks and jobs share nothing but the process.
struct Hooks {
  int prepare_fork = 0;
  int before_fork = 0;
  int after_fork = 0;
  unsigned slot = 0;
  pid_t mold = 0;
};

Hooks& hooks() {
  static Hooks instance;
  return instance;
}

// With NARWHAL_TEST_HOOKS=FILE each hook also writes a line there as it runs.
void note(const std::string& what) {
  if (const char* file = std::getenv("NARWHAL_TEST_HOOKS")) {
    append_line(file, what + " pid=" + std::to_string(::getpid()));
  }
}

void add_hooks(narwhal::App& app) {
  app.prepare_fork([] {
    ++hooks().prepare_fork;
    hooks().mold = ::getpid();
    note("prepare_fork");
  });
  app.before_fork([] {
    ++hooks().before_fork;
    note("before_fork");
  });
  app.after_fork([](unsigned slot) {
    ++hooks().after_fork;
    hooks().slot = slot;
    note("after_fork slot=" + std::to_string(slot));
  });
  app.on_worker_exit([] { note("worker_exit"); });
}

}  // namespace

std::string hook_report() {
  const Hooks& seen = hooks();
  return "prepare_fork=" + std::to_string(seen.prepare_fork) +
         " before_fork=" + std::to_string(seen.before_fork) +
         " after_fork=" + std::to_string(seen.after_fork) + " slot=" + std::to_string(seen.slot) +
         " mold=" + std::to_string(seen.mold) + " pid=" + std::to_string(::getpid());
}

}  // namespace test_jobs

NARWHAL_APP(app) {
  using namespace test_jobs;
  app.add<Marker, NoOp, Sleep, Spin, BlockSignalsAndSpin, HoldUntilStopping,
          PostponeWhenStopping>();
  app.add<Echo, AllTypes, Context, HookProbe, ExtendDeadline>();
  app.add<Fail, FailTimes, RetryTimes, Discarded, Throw>();
  app.add<Segv, Abort, Terminate, StackOverflow, Exit, KillSelf, Alloc, ForkAndReturn, LeaveChild,
          CloseDescriptors, ListDescriptors>();
  app.add<Print, Log>();
  app.add<EnqueueMany, EnqueueDelayed, EnqueueElsewhere>();
  add_hooks(app);
}
