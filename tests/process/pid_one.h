// Running the daemon as process 1 of a PID namespace, as in a container.
#pragma once

#include <sys/types.h>

#include "support/daemon/daemon.h"

namespace narwhal::test {

// For Daemon::Options::prepare: the daemon becomes process 1; the process started waits for it and
// ends as it does.
void become_pid_one();

// The daemon itself, below the process that waits for it; 0 until it is there.
pid_t pid_one_below(const Daemon& daemon);

}  // namespace narwhal::test
