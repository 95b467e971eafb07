// What a configuration comes to, for `narwhal check`: as text and as JSON, without secrets.
#pragma once

#include <string>

#include "cli/config_problem.h"
#include "narwhal/config.h"

namespace narwhal {

std::string summary_text(const Config& config);
std::string summary_json(const Config& config);

std::string problems_json(const ConfigProblems& problems);

}  // namespace narwhal
