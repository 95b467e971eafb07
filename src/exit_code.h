// The exit codes of `narwhal`, after sysexits.h so that supervisors and scripts can tell whose
// mistake it was. Also in the man page; the unit does not restart on 78.
#pragma once

namespace narwhal {

enum class ExitCode : int {
  ok = 0,            // clean stop
  usage = 64,        // bad command line
  data = 65,         // the operator's data is bad (payload)
  unavailable = 69,  // broker unreachable (one-shot commands)
  internal = 70,     // internal error
  io = 74,           // I/O error
  app_failing = 75,  // the app kept failing to start
  config = 78,       // bad configuration
};

}  // namespace narwhal
