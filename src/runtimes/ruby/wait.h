// Waiting for the next job while the app's background threads go on.
#pragma once

namespace narwhal::ruby {

// narwhal_runtime::wait. Exceptions that other threads raise in the idle main thread are dropped.
int wait_for_input(int descriptor, int timeout_ms);

}  // namespace narwhal::ruby
