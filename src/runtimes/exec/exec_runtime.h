// The exec runtime: runs the configured command once for every job, payload on its stdin, and reads
// the outcome from its exit status. It lives inside the binary and is handed to the host as the
// same C struct that an application's .so exports; it works in the workers, one command at a time.
#pragma once

#include <string>
#include <vector>

#include "narwhal/runtime.h"

namespace narwhal {

struct ExecSettings {
  std::vector<std::string> command;  // argv; the first is looked up in PATH unless it has a slash
};

// The struct's functions carry no self pointer, so there is one exec runtime in a process: a second
// call changes the settings of the first. The pointer stays valid to the end of the process.
const narwhal_runtime* exec_runtime(ExecSettings settings);

}  // namespace narwhal
