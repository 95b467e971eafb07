// The Ruby interpreter of this process. There is one in a mold, and after a fork one in each
// worker; it can be brought up once.
#pragma once

#include "narwhal/runtime.h"

namespace narwhal::ruby {

// Brings Ruby up, calls host.body() and takes Ruby down again, at_exit blocks included. Returns
// what body() returned.
int run_interpreter(const narwhal_host& host, int argc, char** argv);

}  // namespace narwhal::ruby
