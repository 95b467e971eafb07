// What a mold or worker makes of the state it inherited: signals, standard streams, and the tie to
// its parent's life.
#pragma once

#include <sys/types.h>

#include "narwhal/result.h"

namespace narwhal {

// Signals meant for the master must not cut a job when somebody sends them to the whole process
// group or terminal: they are caught and do nothing. Caught rather than ignored, because an ignored
// signal would stay ignored in the programs that a job starts. TERM keeps its default.
void disarm_master_signals();

// Standard input reads nothing; what is printed to standard output joins standard error, so that a
// job's print ends in the log and no output of an app can meet anything else.
Result<void> detach_standard_streams();

// A worker, and what its jobs start, runs in the background: woken, it waits for its turn instead
// of preempting whoever woke it, so that the master hands out all it has before the first job
// begins. With 64 workers this saves a quarter of the CPU time per job. A policy that the operator
// chose stays.
void schedule_as_batch();

// This process is sent `signal` when `parent` dies. Call when getppid() is `parent` for good.
// False: the parent is already gone.
bool tie_to_parent(pid_t parent, int signal);

// Waits until this process has become the child of `parent` (after a double fork, when the process
// in between has ended). False: it did not happen within a few seconds, so the parent must be gone.
bool wait_for_adoption(pid_t parent);

}  // namespace narwhal
