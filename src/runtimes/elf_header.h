// Looks at the first bytes of a file that is to be loaded as a shared object. dlopen() says
// "invalid ELF header" for most mistakes made here (a script, a .a, a library copied from another
// machine).
#pragma once

#include <string>

#include "narwhal/result.h"

namespace narwhal {

// An Error unless `path` is a readable shared object for this machine's architecture.
Result<void> check_shared_object(const std::string& path);

}  // namespace narwhal
