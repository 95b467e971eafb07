// Text of a configuration file to a ConfigNode tree. The only place that knows the TOML library.
#pragma once

#include <string>
#include <string_view>

#include "cli/config_node.h"
#include "cli/config_problem.h"

namespace narwhal {

// Reports into `problems` what keeps the text from being read. A mistake within one line does not
// hide those below it: the line is passed over and reading goes on. The tree is complete only if
// nothing was reported; otherwise it holds what could be read.
ConfigNode parse_config_document(std::string text, const std::string& file,
                                 ConfigProblems& problems);

}  // namespace narwhal
