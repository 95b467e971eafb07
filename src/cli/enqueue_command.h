// `narwhal enqueue`: stores jobs and says so only after the broker has confirmed them.
#pragma once

#include <optional>
#include <string>

#include "cli/cli_context.h"
#include "cli/command_line.h"
#include "exit_code.h"

namespace narwhal {

ExitCode run_enqueue(const CliContext& context, const std::optional<std::string>& config_file,
                     const EnqueueArguments& arguments);

}  // namespace narwhal
