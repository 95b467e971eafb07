// One value of the configuration: checks a ConfigNode against its key's type and range and stores
// it. Nothing is clamped or converted silently. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/config_keys.h"
#include "cli/config_node.h"

namespace narwhal {

// Everything that is wrong with the value; empty when it was stored. Of a list or a table the good
// part may be stored all the same, so that rules can be applied to it.
std::vector<std::string> store_value(const ConfigKey& key, const ConfigNode& value, Config& config);

}  // namespace narwhal
