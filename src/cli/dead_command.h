// `narwhal dead list|show|retry|delete`: dead letters of every configured broker, or of one.
#pragma once

#include <optional>
#include <string>

#include "cli/cli_context.h"
#include "cli/command_line.h"
#include "exit_code.h"

namespace narwhal {

ExitCode run_dead(const CliContext& context, const std::optional<std::string>& config_file,
                  const DeadArguments& arguments);

}  // namespace narwhal
