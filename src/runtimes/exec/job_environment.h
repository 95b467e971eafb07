// The environment of a command: the worker's own, with what the command may know about its job.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "narwhal/runtime.h"

namespace narwhal::exec {

// `base` is an environ array. Variables of the same names in it are replaced, and those that have
// no value for this job (NARWHAL_DEADLINE without a deadline) are taken out, never passed on.
std::vector<std::string> job_environment(const char* const* base, const narwhal_job& job,
                                         std::uint32_t worker);

}  // namespace narwhal::exec
