// ServerProcess: a broker's server that a test started, and how to treat it badly.
#pragma once

#include <sys/types.h>

namespace narwhal::test {

class ServerProcess {
 public:
  ServerProcess() = default;
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  virtual ~ServerProcess() = default;

  [[nodiscard]] pid_t pid() const { return pid_; }

  // Waits until it answers; throws when it does not.
  virtual void start() = 0;
  virtual void kill();  // with SIGKILL; nothing when it does not run
  virtual void pause();
  virtual void resume();

 protected:
  pid_t pid_ = -1;
};

}  // namespace narwhal::test
