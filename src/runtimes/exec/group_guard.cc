#include "runtimes/exec/group_guard.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace narwhal::exec {
namespace {

std::atomic<pid_t> guarded_group{0};
static_assert(std::atomic<pid_t>::is_always_lock_free, "the handler must not wait for a lock");

// What a shell reports for a process ended by SIGTERM.
constexpr int kTerminatedStatus = 128 + SIGTERM;

void leave_with_group(int /*signal*/) {
  const pid_t group = guarded_group.load();
  if (group > 0) ::kill(-group, SIGKILL);
  ::_exit(kTerminatedStatus);
}

void set_handler(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigfillset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void install_group_guard() {
  set_handler(SIGTERM, leave_with_group);
  set_handler(SIGPIPE, SIG_IGN);
  set_handler(SIGCHLD, SIG_DFL);  // ignored, it would throw the command's exit status away
}

void guard_group(pid_t group) { guarded_group.store(group); }

}  // namespace narwhal::exec
