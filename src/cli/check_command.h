// `narwhal check`: is the configuration good, and what does it come to? With --connect also: does
// it work from here?
#pragma once

#include <optional>
#include <string>

#include "cli/cli_context.h"
#include "cli/command_line.h"
#include "exit_code.h"

namespace narwhal {

ExitCode run_check(const CliContext& context, const std::optional<std::string>& config_file,
                   const CheckArguments& arguments);

}  // namespace narwhal
