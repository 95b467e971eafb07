#include "narwhal/runtime.h"

namespace {

int load(const narwhal_host*, narwhal_text, narwhal_text*) { return 0; }

narwhal_runtime runtime() {
  narwhal_runtime made{};
  made.abi = NARWHAL_RUNTIME_ABI;
  made.size = sizeof(narwhal_runtime);
  made.name = "no_execute";
  made.version = "1";
  made.load = load;
  made.execute = nullptr;
  return made;
}

const narwhal_runtime kRuntime = runtime();

}  // namespace

extern "C" const narwhal_runtime* narwhal_runtime_v1(void) { return &kRuntime; }
