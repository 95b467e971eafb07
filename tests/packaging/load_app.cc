// Loads an app's .so as the mold does and runs one job: load_app FILE PAYLOAD. Prints the outcome.
#include <cstdio>
#include <cstring>

#include "runtimes/runtime_loader.h"

namespace {

narwhal_text text(const char* value) { return {value, std::strlen(value)}; }

int fail(const char* what, narwhal_text why) {
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(why.size), why.data);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  narwhal::AppConfig config;
  config.runtime = narwhal::AppConfig::Runtime::native;
  config.load = argv[1];
  const auto loaded = narwhal::load_runtime(config);
  if (!loaded) return fail("unable to open", text(loaded.error().text().c_str()));
  const narwhal_runtime& runtime = **loaded;

  narwhal_host host{};
  host.abi = NARWHAL_RUNTIME_ABI;
  host.size = sizeof host;
  host.log = [](void*, narwhal_log_level, narwhal_text line) {
    std::printf("log: %.*s\n", static_cast<int>(line.size), line.data);
  };
  host.state = [](void*) { return 0U; };
  narwhal_text error{};
  if (runtime.load(&host, text(argv[1]), &error) != 0) return fail("unable to load", error);
  if (runtime.after_fork != nullptr && runtime.after_fork(0, &error) != 0)
    return fail("unable to start a worker", error);

  narwhal_job job{};
  job.id = text("job-1");
  job.queue = text("default");
  job.payload = text(argv[2]);
  job.attempt = 1;
  narwhal_result result{};
  result.size = sizeof result;
  runtime.execute(&job, &result);
  if (result.outcome != NARWHAL_DONE) return fail("not done", result.message);
  std::puts("done");
  return 0;
}
