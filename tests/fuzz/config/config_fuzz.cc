// Any bytes as a configuration file: no crash, no hang, and every message is printable text.
// Linked with replay.cc in every build, or with libFuzzer (-fsanitize=fuzzer) to look for more.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cli/config_file.h"
#include "cli/config_summary.h"
#include "cli/printable.h"

namespace {

narwhal::BrokerType make_type() {
  narwhal::BrokerType type;
  type.name = "fake";
  type.schemes = {"sqlite", "redis"};
  type.validate = [](const narwhal::BrokerConfig& broker) -> std::vector<narwhal::BrokerMistake> {
    if (broker.url.size() % 2 == 0) return {};
    return {{"odd: " + broker.url}};
  };
  return type;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const narwhal::BrokerType type = make_type();
  const narwhal::Environment environment = {{"SET", "value"}, {"NARWHAL_WORKERS", "2"}};
  const auto loaded = narwhal::load_config_text({reinterpret_cast<const char*>(data), size},
                                                "narwhal.toml", environment, {&type});
  for (const narwhal::ConfigProblem& problem : loaded.errors) {
    require(narwhal::printable(problem.text()) == problem.text());
  }
  if (loaded.ok()) {
    require(!loaded.config.name.empty());
    require(!loaded.config.brokers.empty());
    require(!narwhal::summary_text(loaded.config).empty());
    require(narwhal::is_utf8(narwhal::summary_json(loaded.config)));
  }
  return 0;
}
