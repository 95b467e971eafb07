// Starts one command as a process of its own: a new process group that dies with the worker, pipes
// on stdin, stdout and stderr, clean signals, no other descriptor. Runs in the worker.
#pragma once

#include <sys/types.h>

#include "narwhal/result.h"
#include "narwhal/runtime.h"
#include "narwhal/unique_fd.h"
#include "runtimes/exec/command_line.h"

namespace narwhal::exec {

// A started command. Whoever holds it must reap `pid`; CommandRun does.
struct CommandProcess {
  pid_t pid = -1;       // also the number of its process group
  UniqueFd ended;       // a pidfd: readable when the command has ended
  UniqueFd input;       // its stdin; does not block
  UniqueFd output;      // its stdout; does not block
  UniqueFd errors;      // its stderr; does not block
  UniqueFd exec_error;  // an errno if execve() failed, else end of file; does not block
};

// An Error means that the system has no process, descriptor or memory to spare right now.
// A file that cannot be executed is not an Error here: that is read from `exec_error`.
Result<CommandProcess> start_command(const CommandLine& line, const narwhal_host& host);

// Forgets the group, here and in the host. Must come before the command is reaped: afterwards the
// number may belong to somebody else.
void forget_group(const narwhal_host& host);

}  // namespace narwhal::exec
