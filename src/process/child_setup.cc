#include "process/child_setup.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <ctime>

#include "narwhal/posix_error.h"
#include "narwhal/unique_fd.h"

namespace narwhal {
namespace {

void do_nothing(int) {}

}  // namespace

void disarm_master_signals() {
  struct sigaction action {};
  action.sa_handler = do_nothing;
  action.sa_flags = SA_RESTART;
  for (const int signal :
       {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU}) {
    ::sigaction(signal, &action, nullptr);
  }
}

Result<void> detach_standard_streams() {
  const UniqueFd null{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  if (!null.valid()) return posix_error("unable to open: /dev/null");
  if (::dup2(null.get(), STDIN_FILENO) < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    return posix_error("unable to set the standard streams");
  }
  return {};
}

void schedule_as_batch() {
  if (::sched_getscheduler(0) != SCHED_OTHER) return;
  const sched_param normal{};
  ::sched_setscheduler(0, SCHED_BATCH, &normal);
}

bool tie_to_parent(pid_t parent, int signal) {
  ::prctl(PR_SET_PDEATHSIG, signal);
  // The parent may have died before the call above, which then will never be answered.
  return ::getppid() == parent;
}

bool wait_for_adoption(pid_t parent) {
  // The process in between ends right after its fork: tens of microseconds. There is no event to
  // wait for, since it closes its descriptors before its children are adopted.
  constexpr timespec kPause{0, 50'000};
  constexpr int kTries = 100'000;
  for (int i = 0; i < kTries; ++i) {
    if (::getppid() == parent) return true;
    ::nanosleep(&kPause, nullptr);
  }
  return false;
}

}  // namespace narwhal
