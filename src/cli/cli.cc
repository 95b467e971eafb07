#include "cli/cli.h"

#include <exception>
#include <ostream>
#include <type_traits>

#include "cli/broker_choice.h"
#include "cli/check_command.h"
#include "cli/command_error.h"
#include "cli/command_line.h"
#include "cli/dead_command.h"
#include "cli/enqueue_command.h"

namespace narwhal {

namespace {

int run_daemon(const CliContext& context, const std::optional<std::string>& config_file) {
  const ReportedConfig loaded = load_and_report(context, config_file);
  if (loaded.failed != ExitCode::ok) return static_cast<int>(loaded.failed);
  return context.run_daemon(loaded.config);
}

int end(const CliContext& context, const CommandLineEnd& end) {
  const bool good = end.code == ExitCode::ok;
  (good ? *context.out : *context.err) << end.text;
  return static_cast<int>(good ? finish_output(*context.out, *context.err) : end.code);
}

int dispatch(const CliContext& context, const CommandLine& line) {
  return std::visit(
      [&](const auto& arguments) -> int {
        using Arguments = std::decay_t<decltype(arguments)>;
        const auto& file = line.config_file;
        if constexpr (std::is_same_v<Arguments, RunArguments>) {
          return run_daemon(context, file);
        } else if constexpr (std::is_same_v<Arguments, CheckArguments>) {
          return static_cast<int>(run_check(context, file, arguments));
        } else if constexpr (std::is_same_v<Arguments, EnqueueArguments>) {
          return static_cast<int>(run_enqueue(context, file, arguments));
        } else if constexpr (std::is_same_v<Arguments, DeadArguments>) {
          return static_cast<int>(run_dead(context, file, arguments));
        } else {
          return context.run_mold(arguments.fd);
        }
      },
      line.command);
}

}  // namespace

int cli_main(int argc, char** argv, const CliContext& context) {
  try {
    const auto parsed = parse_command_line(argc, argv);
    if (const auto* stop = std::get_if<CommandLineEnd>(&parsed)) return end(context, *stop);
    return dispatch(context, std::get<CommandLine>(parsed));
  } catch (const std::exception& error) {
    return static_cast<int>(report(*context.err, ExitCode::internal, error.what()));
  }
}

}  // namespace narwhal
