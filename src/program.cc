#include "program.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <iostream>
#include <vector>

#include "base/proc_title.h"
#include "cli/cli.h"
#include "cli/descriptor_input.h"
#include "daemon.h"
#include "master/app_trial.h"
#include "narwhal/job_id.h"
#include "process/mold.h"

namespace narwhal {
namespace {

// What would end the daemon by default and says nothing to it. A broken pipe and a file that may
// not grow are error values where they happen. USR2 is kept for the upgrade of the binary in place.
std::vector<int> ignored_signals() {
  std::vector<int> signals = {SIGPIPE, SIGUSR2, SIGXFSZ, SIGALRM,  SIGVTALRM,
                              SIGPROF, SIGIO,   SIGPWR,  SIGSTKFLT};
  for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) signals.push_back(signal);
  return signals;
}

// Started without one of the standard three, the next file opened would take its number, and jobs
// would read from and write to it: a worker's channel, a database. A command line still gets its
// error: /dev/null is opened in the wrong direction. The daemon's jobs get an ordinary one.
void fill_standard_descriptors(bool daemon) {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    const int wrong_way = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    ::open("/dev/null", daemon ? O_RDWR : wrong_way);  // takes the lowest number, which is fd
  }
}

// Descriptors somebody left open would push ours over select()'s limit, and leak into jobs.
void close_inherited_descriptors() { ::close_range(3, ~0U, 0); }

Environment environment() {
  Environment variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

int run(const Config& config, const std::vector<const BrokerType*>& types, SelfPipe& signals) {
  proc_title::set("narwhal: master");
  return static_cast<int>(run_daemon(config, types, signals));
}

}  // namespace

int run_program(int argc, char** argv, const std::vector<const BrokerType*>& types) {
  DescriptorInput standard_input{STDIN_FILENO};
  std::istream in{&standard_input};
  // `narwhal run …` or `narwhal -c FILE run …`; a payload may be the word too.
  const int command = argc > 3 && argv[1][0] == '-' ? 3 : 1;
  const bool daemon = argc > command && std::strcmp(argv[command], "run") == 0;
  fill_standard_descriptors(daemon);
  Result<SelfPipe> signals = Error{};
  if (daemon) {
    close_inherited_descriptors();
    // Before the configuration is read: TERM is obeyed from here on.
    signals = SelfPipe::install(master_signals(), ignored_signals());
    if (!signals) {
      std::cerr << signals.error().text() << '\n';
      return static_cast<int>(ExitCode::internal);
    }
  }
  proc_title::claim(argc, argv);

  const SystemClock clock;
  CliContext context;
  context.broker_types = types;
  context.environment = environment();
  context.run_daemon = [&](const Config& config) {
    // However else the command line was put, the daemon has its signals.
    if (!signals) signals = SelfPipe::install(master_signals(), ignored_signals());
    return signals ? run(config, types, *signals) : static_cast<int>(ExitCode::internal);
  };
  context.run_mold = run_mold;
  context.try_app = [](const Config& config) {
    return try_app(config, config.limits.spawn_timeout * 2);
  };
  context.new_job_id = new_job_id;
  context.clock = &clock;
  context.in = &in;
  context.out = &std::cout;
  context.err = &std::cerr;
  return cli_main(argc, argv, context);
}

}  // namespace narwhal
