// Reads the configuration file and the environment into a Config. Every mistake is collected, so
// one run of `narwhal check` shows them all. Runs in the master at start, and in the one-shot
// commands.
#pragma once

#include <optional>
#include <string>

#include "cli/config_problem.h"
#include "cli/config_rules.h"
#include "cli/variable_expansion.h"
#include "narwhal/config.h"
#include "narwhal/result.h"

namespace narwhal {

struct LoadedConfig {
  Config config;  // to be used only if ok()
  ConfigProblems errors;
  ConfigProblems warnings;

  [[nodiscard]] bool ok() const { return errors.empty(); }
};

LoadedConfig load_config(const std::string& path, const Environment& environment,
                         const BrokerTypes& types);

// The same for text that is in memory; `path` is what messages call it.
LoadedConfig load_config_text(std::string text, const std::string& path,
                              const Environment& environment, const BrokerTypes& types);

// The file to load: the one that -c gave, else narwhal.toml here, else /etc/narwhal/narwhal.toml.
// The Error says which were looked for.
Result<std::string> find_config_file(const std::optional<std::string>& given);

}  // namespace narwhal
