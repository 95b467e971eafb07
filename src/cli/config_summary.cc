#include "cli/config_summary.h"

#include <fmt/format.h>

#include <vector>

#include "cli/json_text.h"
#include "cli/printable.h"
#include "cli/quantity.h"
#include "narwhal/redact.h"

namespace narwhal {

namespace {

std::string_view runtime_name(AppConfig::Runtime runtime) {
  switch (runtime) {
    case AppConfig::Runtime::native:
      return "native";
    case AppConfig::Runtime::ruby:
      return "ruby";
    case AppConfig::Runtime::exec:
      break;
  }
  return "exec";
}

// Arguments may hold secrets, so of a command only the program is shown.
std::string app_text(const AppConfig& app) {
  if (app.runtime != AppConfig::Runtime::exec) {
    return fmt::format("{}, loads {}", runtime_name(app.runtime), printable(app.load));
  }
  const std::size_t arguments = app.command.size() - 1;
  return fmt::format("exec, runs {}{}", printable(app.command.front()),
                     arguments == 0 ? "" : fmt::format(" with {} argument(s)", arguments));
}

std::string queues_text(const BrokerConfig& broker) {
  std::vector<std::string> names;
  for (const QueueConfig& queue : broker.queues) {
    std::string name = printable(queue.name);
    if (queue.weight > 0) name += fmt::format(" = {}", queue.weight);
    names.push_back(std::move(name));
  }
  const std::string_view order = broker.weighted()          ? " (by weight)"
                                 : broker.queues.size() > 1 ? " (in this order)"
                                                            : "";
  return fmt::format("{}{}", fmt::join(names, ", "), order);
}

std::string queues_json(const BrokerConfig& broker) {
  std::vector<std::string> items;
  for (const QueueConfig& queue : broker.queues) {
    const std::string weight =
        queue.weight > 0 ? fmt::format(R"(,"weight":{})", queue.weight) : std::string{};
    items.push_back(fmt::format(R"({{"name":{}{}}})", json_string(queue.name), weight));
  }
  return fmt::format("[{}]", fmt::join(items, ","));
}

std::string broker_json(const BrokerConfig& broker) {
  return fmt::format(R"({{"url":{},"queues":{},"max_payload":{}}})",
                     json_string(redact_url(broker.url)), queues_json(broker), broker.max_payload);
}

}  // namespace

std::string summary_text(const Config& config) {
  std::string out = fmt::format("{} is valid\n", printable(config.path));
  const auto line = [&out](std::string_view label, std::string_view value) {
    out += fmt::format("  {:<12} {}\n", label, value);
  };
  line("name", config.name);
  line("workers", fmt::format("{}", config.workers));
  line("app", app_text(config.app));
  for (std::size_t i = 0; i < config.brokers.size(); ++i) {
    const BrokerConfig& broker = config.brokers[i];
    line(fmt::format("broker {}", i + 1), printable(redact_url(broker.url)));
    line("  queues", queues_text(broker));
    line("  payload", fmt::format("up to {}", format_size(broker.max_payload)));
  }
  return out;
}

std::string summary_json(const Config& config) {
  std::vector<std::string> brokers;
  for (const BrokerConfig& broker : config.brokers) brokers.push_back(broker_json(broker));
  return fmt::format(R"({{"name":{},"workers":{},"runtime":"{}","brokers":[{}]}})",
                     json_string(config.name), config.workers, runtime_name(config.app.runtime),
                     fmt::join(brokers, ","));
}

std::string problems_json(const ConfigProblems& problems) {
  std::vector<std::string> items;
  for (const ConfigProblem& problem : problems) {
    items.push_back(fmt::format(R"({{"file":{},"line":{},"column":{},"key":{},"message":{}}})",
                                json_string(problem.file), problem.line, problem.column,
                                json_string(problem.key), json_string(problem.message)));
  }
  return fmt::format("[{}]", fmt::join(items, ","));
}

}  // namespace narwhal
