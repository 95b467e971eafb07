// Narwhal::Runtime::Host: what the Ruby part of the runtime may ask of the daemon's process around
// it, as module functions over narwhal_host.
#pragma once

#include "narwhal/runtime.h"

namespace narwhal::ruby {

// Call under protect(). `given` must outlive the interpreter.
void define_host_module(const narwhal_host& given);

}  // namespace narwhal::ruby
