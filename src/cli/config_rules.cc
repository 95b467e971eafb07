#include "cli/config_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/config_keys.h"
#include "cli/config_reader.h"
#include "cli/instance_name.h"
#include "cli/nearest.h"
#include "cli/printable.h"
#include "cli/quantity.h"
#include "narwhal/redact.h"

namespace narwhal {

namespace {

bool any_failed(const ConfigDraft& draft, std::initializer_list<std::string_view> paths) {
  return std::any_of(paths.begin(), paths.end(),
                     [&](std::string_view path) { return draft.has_failed(std::string{path}); });
}

void check_exec(const AppConfig& app, ConfigDraft& draft) {
  if (draft.has_failed("app.command")) return;
  if (app.command.empty()) {
    draft.refuse(
        "app.command",
        R"(is missing; runtime "exec" runs it for every job, e.g. command = ["./handle"])");
  } else if (app.command.front().empty()) {
    draft.refuse("app.command", "begins with an empty text; the first one is the program");
  }
  if (!app.load.empty()) {
    draft.refuse("app.load", R"(is not used by runtime "exec"; did you mean runtime = "native"?)");
  }
}

// Runtimes that load a file.
void check_loading(const AppConfig& app, std::string_view runtime, std::string_view example,
                   ConfigDraft& draft) {
  if (app.load.empty() && !draft.has_failed("app.load")) {
    draft.refuse("app.load", fmt::format("is missing; runtime \"{}\" loads it, e.g. load = \"{}\"",
                                         runtime, example));
  }
  if (!app.command.empty()) {
    draft.refuse("app.command",
                 fmt::format("is not used by runtime \"{}\", which has \"load\"", runtime));
  }
}

void check_environment_names(const AppConfig& app, ConfigDraft& draft) {
  for (const auto& [name, value] : app.env) {
    if (name.find('=') == std::string::npos) continue;
    draft.refuse("app.env", fmt::format("\"{}\" is no name of a variable: it has a \"=\"",
                                        printable_short(name, 60)));
  }
}

void check_app(ConfigDraft& draft) {
  const AppConfig& app = draft.config.app;
  check_environment_names(app, draft);
  if (draft.has_failed("app.runtime")) return;
  switch (app.runtime) {
    case AppConfig::Runtime::exec:
      return check_exec(app, draft);
    case AppConfig::Runtime::native:
      return check_loading(app, "native", "./libjobs.so", draft);
    case AppConfig::Runtime::ruby:
      return check_loading(app, "ruby", "config/environment.rb", draft);
  }
}

void check_times(ConfigDraft& draft) {
  const RetryConfig& retry = draft.config.retry;
  const LimitsConfig& limits = draft.config.limits;
  if (!any_failed(draft, {"retry.base", "retry.max"}) && retry.base > retry.max) {
    draft.refuse(draft.is_set("retry.base") ? "retry.base" : "retry.max",
                 fmt::format("base ({}) must not be longer than max ({})",
                             format_duration(retry.base), format_duration(retry.max)));
  }
  const bool both = limits.soft_timeout.count() > 0 && limits.job_timeout.count() > 0;
  if (!any_failed(draft, {"limits.soft_timeout", "limits.job_timeout"}) && both &&
      limits.soft_timeout >= limits.job_timeout) {
    draft.refuse(
        "limits.soft_timeout",
        fmt::format("soft_timeout ({}) must be shorter than job_timeout ({}), or \"0s\"",
                    format_duration(limits.soft_timeout), format_duration(limits.job_timeout)));
  }
}

void check_name(ConfigDraft& draft) {
  Config& config = draft.config;
  if (draft.has_failed("name")) return;
  if (config.name.empty()) config.name = default_instance_name(host_name(), config.path);
  if (auto wrong = instance_name_problem(config.name)) draft.refuse("name", std::move(*wrong));
}

// The line to name for a broker: its URL's, else its header's.
std::string broker_place(const ConfigDraft& draft, std::size_t index) {
  const std::string url = broker_path(index, "url");
  return draft.is_set(url) ? url : broker_path(index, "");
}

void check_same_url(ConfigDraft& draft, std::size_t index) {
  const auto& brokers = draft.config.brokers;
  for (std::size_t earlier = 0; earlier < index; ++earlier) {
    if (brokers[earlier].url != brokers[index].url) continue;
    draft.refuse(broker_place(draft, index),
                 "the same URL as an earlier [[broker]]; list all its queues there", "broker.url");
    return;
  }
}

void check_broker(const BrokerTypes& types, ConfigDraft& draft, std::size_t index) {
  BrokerConfig& broker = draft.config.brokers[index];
  if (draft.has_failed(broker_path(index, "url"))) return;
  const BrokerType* type = find_broker_type(types, broker.url);
  broker.max_payload = draft.config.limits.max_payload;
  if (type != nullptr && type->capabilities.max_payload > 0) {
    broker.max_payload = std::min(broker.max_payload, type->capabilities.max_payload);
  }
  for (BrokerMistake& mistake : broker_problems(broker, types)) {
    const std::string place = broker_path(index, mistake.key);
    draft.refuse(draft.is_set(place) ? place : broker_place(draft, index), std::move(mistake.text),
                 fmt::format("{}.{}", kBrokerTable, printable_short(mistake.key, 60)));
  }
  check_same_url(draft, index);
}

// A broker whose adapter keeps a connection for each job in hand leaves room for fewer workers.
void check_workers(const BrokerTypes& types, ConfigDraft& draft) {
  if (draft.has_failed("workers")) return;
  int each = 1;
  std::vector<std::string_view> greedy;
  for (const BrokerConfig& broker : draft.config.brokers) {
    const BrokerType* type = find_broker_type(types, broker.url);
    const int connections = type == nullptr ? 0 : type->capabilities.connections_per_worker;
    each += connections;
    if (connections > 0) greedy.push_back(type->name);
  }
  const int most = kWorkerDescriptors / each;
  if (draft.config.workers <= most) return;
  draft.refuse("workers",
               fmt::format("must be at most {} with these brokers, not {}: each worker takes {} of "
                           "the {} descriptors that select() has for them, since {} needs a "
                           "connection for each",
                           most, draft.config.workers, each, kWorkerDescriptors,
                           fmt::join(greedy, " and ")));
}

std::string_view scheme_of(std::string_view url) { return url.substr(0, url.find(':')); }

std::string known_schemes(const BrokerTypes& types) {
  std::vector<std::string> schemes;
  for (const BrokerType* type : types) {
    for (const std::string_view scheme : type->schemes)
      schemes.push_back(fmt::format("{}:", scheme));
  }
  return fmt::format("{}", fmt::join(schemes, ", "));
}

bool is_scheme(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= 20 && std::all_of(text.begin(), text.end(), good);
}

// Never repeats more of the URL than its scheme: the rest may hold a secret, as may the whole of it
// when it is no URL.
std::string unknown_url(std::string_view url, const BrokerTypes& types) {
  if (url.empty()) return "is empty; it names the broker, e.g. \"sqlite:narwhal.db\"";
  if (url.find(':') == std::string_view::npos || !is_scheme(scheme_of(url))) {
    return fmt::format("is no URL; it must begin with one of {}", known_schemes(types));
  }
  std::string message = fmt::format("no adapter for \"{}:\"; this build knows {}", scheme_of(url),
                                    known_schemes(types));
  std::vector<std::string> schemes;
  for (const BrokerType* type : types) {
    schemes.insert(schemes.end(), type->schemes.begin(), type->schemes.end());
  }
  if (const auto near = nearest(scheme_of(url), schemes)) {
    message += fmt::format("; did you mean \"{}:\"?", *near);
  }
  return message;
}

std::string hide_all_secrets(std::string message, const BrokerConfig& broker) {
  message = hide_secrets(message, broker.url);
  for (const auto& [name, value] : broker.options) {
    if (names_secret(name)) hide_secret(message, value);
  }
  return message;
}

}  // namespace

const BrokerType* find_broker_type(const BrokerTypes& types, std::string_view url) {
  if (url.find(':') == std::string_view::npos) return nullptr;
  for (const BrokerType* type : types) {
    const auto& schemes = type->schemes;
    if (std::find(schemes.begin(), schemes.end(), scheme_of(url)) != schemes.end()) return type;
  }
  return nullptr;
}

std::vector<BrokerMistake> broker_problems(const BrokerConfig& broker, const BrokerTypes& types) {
  const BrokerType* type = find_broker_type(types, broker.url);
  if (type == nullptr) return {{unknown_url(broker.url, types)}};
  std::vector<BrokerMistake> problems;
  if (broker.weighted() && !type->capabilities.weights) {
    problems.push_back(
        {fmt::format("{} cannot serve queues by weight; list their names in order", type->name),
         "queues"});
  }
  if (!type->validate) return problems;
  for (BrokerMistake& mistake : type->validate(broker)) {
    mistake.text = hide_all_secrets(printable(mistake.text), broker);
    problems.push_back(std::move(mistake));
  }
  return problems;
}

void check_config_rules(const BrokerTypes& types, ConfigDraft& draft) {
  check_name(draft);
  check_app(draft);
  for (std::size_t i = 0; i < draft.config.brokers.size(); ++i) check_broker(types, draft, i);
  check_workers(types, draft);
  check_times(draft);
}

}  // namespace narwhal
