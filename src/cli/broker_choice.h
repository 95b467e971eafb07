// Which broker a one-shot command talks to: one named on the command line by number or URL, or
// those of the configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/cli_context.h"
#include "exit_code.h"
#include "narwhal/broker.h"

namespace narwhal {

struct ChosenBroker {
  BrokerConfig config;
  const BrokerType* type = nullptr;

  [[nodiscard]] std::string shown_url() const;
  // An adapter's error with every secret of the URL hidden.
  [[nodiscard]] Error without_secrets(const Error& error) const;
};

struct BrokerChoice {
  std::vector<ChosenBroker> brokers;
  ExitCode failed = ExitCode::ok;  // not ok: reported already, and there are no brokers
};

// `broker`: what --broker gave. With a URL no configuration is needed.
BrokerChoice choose_brokers(const CliContext& context,
                            const std::optional<std::string>& config_file,
                            const std::optional<std::string>& broker);

// Loads the configuration that commands and daemon share; mistakes and warnings are reported.
struct ReportedConfig {
  Config config;
  ExitCode failed = ExitCode::ok;
};
ReportedConfig load_and_report(const CliContext& context,
                               const std::optional<std::string>& config_file);

}  // namespace narwhal
