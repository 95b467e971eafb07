// The daemon as shipped, with the in-memory adapter beside the others: what the benchmarks start.
// It has only the commands they need, `run` and `mold`.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <iostream>

#include "adapters/sqlite/sqlite_type.h"
#include "base/proc_title.h"
#include "cli/cli.h"
#include "daemon.h"
#include "process/mold.h"
#include "tests/support/memory_broker.h"

int main(int argc, char** argv) {
  constexpr std::array kIgnored = {SIGPIPE};
  narwhal::Result<narwhal::SelfPipe> signals = narwhal::Error{};
  if (argc > 1 && std::strcmp(argv[1], "run") == 0) {
    ::close_range(3, ~0U, 0);
    signals = narwhal::SelfPipe::install(narwhal::master_signals(), kIgnored);
    if (!signals) return static_cast<int>(narwhal::ExitCode::internal);
  }
  narwhal::proc_title::claim(argc, argv);

  const std::vector<const narwhal::BrokerType*> types = {&narwhal::sqlite_broker_type(),
                                                         &narwhal::test::memory_broker_type()};
  const narwhal::SystemClock clock;
  narwhal::CliContext context;
  context.broker_types = types;
  context.run_mold = narwhal::run_mold;
  context.run_daemon = [&](const narwhal::Config& config) {
    narwhal::proc_title::set("narwhal: master");
    return static_cast<int>(narwhal::run_daemon(config, types, *signals));
  };
  context.clock = &clock;
  context.in = &std::cin;
  context.out = &std::cout;
  context.err = &std::cerr;
  return narwhal::cli_main(argc, argv, context);
}
