#include "cli/broker_choice.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/command_error.h"
#include "cli/config_file.h"
#include "cli/printable.h"
#include "narwhal/redact.h"

namespace narwhal {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

BrokerChoice failure(ExitCode code) { return {{}, code}; }

BrokerChoice by_url(const CliContext& context, const std::string& url) {
  BrokerConfig config;
  config.url = url;
  const auto problems = broker_problems(config, context.broker_types);
  for (const BrokerMistake& problem : problems) {
    report(*context.err, ExitCode::usage, "--broker: " + problem.text);
  }
  if (!problems.empty()) return failure(ExitCode::usage);
  const BrokerType* type = find_broker_type(context.broker_types, url);
  if (type->capabilities.max_payload > 0) {
    config.max_payload = std::min(config.max_payload, type->capabilities.max_payload);
  }
  return {{{config, type}}};
}

BrokerChoice of_config(const CliContext& context, const Config& config) {
  BrokerChoice choice;
  for (const BrokerConfig& broker : config.brokers) {
    choice.brokers.push_back({broker, find_broker_type(context.broker_types, broker.url)});
  }
  return choice;
}

BrokerChoice by_number(const CliContext& context, const BrokerChoice& all,
                       const std::string& text) {
  const std::size_t count = all.brokers.size();
  std::size_t number = 0;
  const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code == std::errc{} && number >= 1 && number <= count) return {{all.brokers[number - 1]}};
  return failure(report(*context.err, ExitCode::usage,
                        fmt::format("--broker: {} is not from 1 to {}, the number of brokers in "
                                    "the configuration",
                                    text, count)));
}

}  // namespace

std::string ChosenBroker::shown_url() const { return printable(redact_url(config.url)); }

Error ChosenBroker::without_secrets(const Error& error) const {
  return {error.kind, hide_secrets(error.context, config.url),
          hide_secrets(error.reason, config.url)};
}

ReportedConfig load_and_report(const CliContext& context,
                               const std::optional<std::string>& config_file) {
  const auto path = find_config_file(config_file);
  if (!path) return {{}, report(*context.err, ExitCode::config, path.error().text())};
  LoadedConfig loaded = load_config(*path, context.environment, context.broker_types);
  report(*context.err, loaded.warnings, "warning: ");
  report(*context.err, loaded.errors, "");
  return {std::move(loaded.config), loaded.ok() ? ExitCode::ok : ExitCode::config};
}

BrokerChoice choose_brokers(const CliContext& context,
                            const std::optional<std::string>& config_file,
                            const std::optional<std::string>& broker) {
  if (broker && !is_number(*broker)) return by_url(context, *broker);
  const ReportedConfig loaded = load_and_report(context, config_file);
  if (loaded.failed != ExitCode::ok) return failure(loaded.failed);
  BrokerChoice choice = of_config(context, loaded.config);
  return broker ? by_number(context, choice, *broker) : choice;
}

}  // namespace narwhal
