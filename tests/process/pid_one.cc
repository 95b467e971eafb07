#include "process/pid_one.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace narwhal::test {
namespace {

[[noreturn]] void end_like(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

}  // namespace

void become_pid_one() {
  if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) ::_exit(125);
  const pid_t child = ::fork();
  if (child < 0) ::_exit(125);
  if (child > 0) end_like(child);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Without a /proc of its own the daemon would look at the processes of the outer namespace.
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(125);
  if (::mount("proc", "/proc", "proc", 0, nullptr) != 0) ::_exit(125);
}

pid_t pid_one_below(const Daemon& daemon) {
  const auto children = children_of(daemon.pid());
  return children.empty() ? 0 : children.front().pid;
}

}  // namespace narwhal::test
