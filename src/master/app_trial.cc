#include "master/app_trial.h"

#include <sys/wait.h>
#include <unistd.h>

#include "master/mold_link.h"
#include "master/worker_death.h"

namespace narwhal {
namespace {

Result<void> wait_for_answer(MoldLink& mold, TimePoint deadline) {
  const SystemClock clock;
  const std::string what = "unable to load the app";
  while (true) {
    PollSet set;
    mold.watch(set);
    const Duration left = deadline - clock.now();
    if (left.count() <= 0) return Error{ErrorKind::unavailable, what, "it takes too long"};
    if (auto waited = set.wait(left); !waited) return waited.error();
    for (const MoldMessage& message : mold.receive()) {
      if (const auto* failed = std::get_if<AppFailed>(&message)) {
        return Error{ErrorKind::invalid, failed->error, {}};
      }
      if (std::holds_alternative<AppLoaded>(message)) return {};
    }
    WorkerDeath death;
    // It may take a moment to die after it has closed the socket, which then has no more to say.
    death.pid = ::waitpid(mold.pid(), &death.status, mold.connected() ? WNOHANG : 0);
    if (death.pid == mold.pid()) {
      mold.gone();
      return Error{ErrorKind::invalid, what, "the process that loads it was " + death.text()};
    }
  }
}

}  // namespace

Result<void> try_app(const Config& config, Duration patience) {
  MoldLink mold{{config.app, config.log, config.limits.max_payload, ::getpid()}};
  if (auto started = mold.start(); !started) return started;
  auto answer = wait_for_answer(mold, SystemClock{}.now() + patience);
  if (const pid_t pid = mold.pid(); pid > 0) {
    mold.kill();
    ::waitpid(pid, nullptr, 0);
  }
  return answer;
}

}  // namespace narwhal
