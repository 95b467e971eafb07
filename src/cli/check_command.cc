#include "cli/check_command.h"

#include <fmt/format.h>

#include <ostream>
#include <vector>

#include "cli/broker_choice.h"
#include "cli/command_error.h"
#include "cli/config_file.h"
#include "cli/config_summary.h"
#include "cli/json_text.h"
#include "cli/printable.h"
#include "cli/quantity.h"

namespace narwhal {

namespace {

// One thing that --connect tried.
struct Trial {
  std::string what;
  ExitCode code = ExitCode::ok;
  std::string error;
  std::string remark;  // of what went well
};

Trial try_broker(const ChosenBroker& broker, std::size_t number) {
  Trial trial{fmt::format("broker {} ({})", number, broker.shown_url()), ExitCode::ok, "", ""};
  const auto producer = broker.type->open_producer(broker.config);
  if (!producer) {
    trial.code = ExitCode::unavailable;
    trial.error = broker.without_secrets(producer.error()).text();
  } else if (const std::size_t most = (*producer)->server_max_payload();
             most > 0 && most < broker.config.max_payload) {
    trial.remark = fmt::format("the server takes payloads up to {} only", format_size(most));
  }
  return trial;
}

Trial try_app(const CliContext& context, const Config& config) {
  Trial trial{"app", ExitCode::ok, "", ""};
  if (const auto loaded = context.try_app(config); !loaded) {
    trial.code = ExitCode::app_failing;
    trial.error = loaded.error().text();
  }
  return trial;
}

std::vector<Trial> try_everything(const CliContext& context, const Config& config) {
  std::vector<Trial> trials;
  for (const BrokerConfig& broker : config.brokers) {
    trials.push_back(try_broker({broker, find_broker_type(context.broker_types, broker.url)},
                                trials.size() + 1));
  }
  if (context.try_app) trials.push_back(try_app(context, config));
  return trials;
}

// An unreachable broker counts before an app that does not load: the latter may need the former.
ExitCode worst(const std::vector<Trial>& trials) {
  for (const Trial& trial : trials) {
    if (trial.code != ExitCode::ok) return trial.code;
  }
  return ExitCode::ok;
}

void print_text(const CliContext& context, const LoadedConfig& loaded,
                const std::vector<Trial>& trials) {
  report(*context.err, loaded.warnings, "warning: ");
  report(*context.err, loaded.errors, "");
  if (!loaded.ok()) return;
  *context.out << summary_text(loaded.config);
  for (const Trial& trial : trials) {
    const std::string good = trial.remark.empty() ? "ok" : "ok; " + trial.remark;
    *context.out << fmt::format("{}: {}\n", trial.what,
                                trial.error.empty() ? good : printable(trial.error));
  }
}

void print_json(const CliContext& context, const LoadedConfig& loaded,
                const std::vector<Trial>& trials) {
  std::vector<std::string> tried;
  tried.reserve(trials.size());
  for (const Trial& trial : trials) {
    tried.push_back(fmt::format(R"({{"what":{},"ok":{},"error":{},"remark":{}}})",
                                json_string(trial.what), trial.code == ExitCode::ok,
                                json_string(trial.error), json_string(trial.remark)));
  }
  const bool ok = loaded.ok() && worst(trials) == ExitCode::ok;
  *context.out << fmt::format(R"({{"ok":{},"errors":{},"warnings":{},"config":{},"tried":[{}]}})",
                              ok, problems_json(loaded.errors), problems_json(loaded.warnings),
                              loaded.ok() ? summary_json(loaded.config) : "null",
                              fmt::join(tried, ","))
               << "\n";
}

}  // namespace

ExitCode run_check(const CliContext& context, const std::optional<std::string>& config_file,
                   const CheckArguments& arguments) {
  LoadedConfig loaded;
  if (const auto path = find_config_file(config_file); path) {
    loaded = load_config(*path, context.environment, context.broker_types);
  } else {
    loaded.errors.push_back({"narwhal", 0, 0, "", path.error().text()});
  }
  std::vector<Trial> trials;
  if (loaded.ok() && arguments.connect) trials = try_everything(context, loaded.config);
  (arguments.json ? print_json : print_text)(context, loaded, trials);
  const ExitCode written = finish_output(*context.out, *context.err);
  if (!loaded.ok()) return ExitCode::config;
  const ExitCode tried = worst(trials);
  return tried != ExitCode::ok ? tried : written;
}

}  // namespace narwhal
