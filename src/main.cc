// Builds the objects and names the concrete types: the adapters of this build, and what each
// command needs of the rest.

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <iostream>

#include "adapters/beanstalkd/beanstalkd_type.h"
#include "adapters/sqlite/sqlite_type.h"
#include "base/proc_title.h"
#include "cli/cli.h"
#include "daemon.h"
#include "master/app_trial.h"
#include "narwhal/job_id.h"
#include "process/mold.h"

namespace {

// A broken pipe is an error value where it happens; a handler would not say more.
constexpr std::array kIgnoredSignals = {SIGPIPE};

// Descriptors somebody left open would push ours over select()'s limit, and leak into jobs.
void close_inherited_descriptors() { ::close_range(3, ~0U, 0); }

narwhal::Environment environment() {
  narwhal::Environment variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

int run(const narwhal::Config& config, const std::vector<const narwhal::BrokerType*>& types,
        narwhal::SelfPipe& signals) {
  narwhal::proc_title::set("narwhal: master");
  return static_cast<int>(narwhal::run_daemon(config, types, signals));
}

}  // namespace

int main(int argc, char** argv) {
  const bool daemon = argc > 1 && std::strcmp(argv[1], "run") == 0;
  narwhal::Result<narwhal::SelfPipe> signals = narwhal::Error{};
  if (daemon) {
    close_inherited_descriptors();
    // Before the configuration is read: TERM is obeyed from here on.
    signals = narwhal::SelfPipe::install(narwhal::master_signals(), kIgnoredSignals);
    if (!signals) {
      std::cerr << signals.error().text() << '\n';
      return static_cast<int>(narwhal::ExitCode::internal);
    }
  }
  narwhal::proc_title::claim(argc, argv);

  const narwhal::SystemClock clock;
  const std::vector<const narwhal::BrokerType*> types = {&narwhal::beanstalkd_broker_type(),
                                                         &narwhal::sqlite_broker_type()};
  narwhal::CliContext context;
  context.broker_types = types;
  context.environment = environment();
  context.run_daemon = [&](const narwhal::Config& config) { return run(config, types, *signals); };
  context.run_mold = narwhal::run_mold;
  context.try_app = [](const narwhal::Config& config) {
    return narwhal::try_app(config, config.limits.spawn_timeout * 2);
  };
  context.new_job_id = narwhal::new_job_id;
  context.clock = &clock;
  context.in = &std::cin;
  context.out = &std::cout;
  context.err = &std::cerr;
  return narwhal::cli_main(argc, argv, context);
}
