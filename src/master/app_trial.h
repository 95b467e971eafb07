// Loads the app in a mold of its own and throws it away: what `narwhal check --connect` tries.
#pragma once

#include "narwhal/config.h"
#include "narwhal/result.h"

namespace narwhal {

// Blocks until the app is loaded, has failed to, or `patience` has passed.
Result<void> try_app(const Config& config, Duration patience);

}  // namespace narwhal
