#include "server_process.h"

#include <signal.h>
#include <sys/wait.h>

namespace narwhal::test {

void ServerProcess::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void ServerProcess::pause() {
  ::kill(pid_, SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, WUNTRACED);
}

void ServerProcess::resume() { ::kill(pid_, SIGCONT); }

}  // namespace narwhal::test
