// An application built for another version of the boundary.
#include <narwhal/runtime.h>

extern "C" const narwhal_runtime* narwhal_runtime_v1(void) {
  static narwhal_runtime runtime;
  runtime.abi = 999;
  runtime.size = sizeof runtime;
  runtime.name = "from-the-future";
  runtime.version = "999";
  return &runtime;
}
