// The command line of `narwhal`: from argv to an exit status. Called once, by main().
#pragma once

#include "cli/cli_context.h"

namespace narwhal {

// No exception leaves it.
int cli_main(int argc, char** argv, const CliContext& context);

}  // namespace narwhal
