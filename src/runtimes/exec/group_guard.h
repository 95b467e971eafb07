// The group guard keeps a command from outliving its worker. The worker's parent-death signal is
// SIGTERM (also what an operator sends to a worker that should leave now); its handler kills the
// running command's process group and ends the worker at once. The name of the group is
// process-wide state because a signal handler can reach nothing else.
#pragma once

#include <sys/types.h>

namespace narwhal::exec {

// Once in each worker, before its first job. Also makes a closed stdin of a command an error to
// write() (EPIPE) instead of the worker's death.
void install_group_guard();

// Names the group to take along; 0: none.
void guard_group(pid_t group);

}  // namespace narwhal::exec
