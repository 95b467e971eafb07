// Finds the runtime that the configuration names. The mold calls it, before load(); `narwhal check`
// does as well. What goes wrong here is the operator's to put right, so each error says what to do.
#pragma once

#include "narwhal/config.h"
#include "narwhal/result.h"
#include "narwhal/runtime.h"

namespace narwhal {

// The runtime stays valid to the end of the process: a library once loaded is never unloaded, since
// its code may have left handlers and threads behind.
Result<const narwhal_runtime*> load_runtime(const AppConfig& app);

}  // namespace narwhal
