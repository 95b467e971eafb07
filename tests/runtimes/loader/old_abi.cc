#include "narwhal/runtime.h"

namespace {

int load(const narwhal_host*, narwhal_text, narwhal_text*) { return 0; }

void execute(const narwhal_job*, narwhal_result* result) { result->outcome = NARWHAL_DONE; }

narwhal_runtime runtime() {
  narwhal_runtime made{};
  made.abi = NARWHAL_RUNTIME_ABI - 1;
  made.size = sizeof(narwhal_runtime);
  made.name = "old_abi";
  made.version = "1";
  made.load = load;
  made.execute = execute;
  return made;
}

const narwhal_runtime kRuntime = runtime();

}  // namespace

extern "C" const narwhal_runtime* narwhal_runtime_v1(void) { return &kRuntime; }
