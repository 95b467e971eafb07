// The `queues` of a broker: names in strict order, or a table of weights; never both. Also what a
// queue may be called, for the configuration and the command line alike. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_node.h"
#include "narwhal/config.h"
#include "narwhal/result.h"

namespace narwhal {

// What is wrong with the name; nothing when it is good. Names are compared byte for byte, so any
// UTF-8 text without control characters will do; an adapter may narrow it to what its broker takes.
std::optional<std::string> queue_name_problem(std::string_view name);

// The queues that could be read; everything else is told in `wrong`.
std::vector<QueueConfig> read_queue_list(const ConfigNode& value, std::vector<std::string>& wrong);

}  // namespace narwhal
