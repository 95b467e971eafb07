#include "narwhal/runtime.h"

int defined_nowhere();

extern "C" const narwhal_runtime* narwhal_runtime_v1(void) {
  return defined_nowhere() != 0 ? nullptr : nullptr;
}
