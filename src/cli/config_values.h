// One value of the configuration: checks a ConfigNode against its key's type and range and stores
// it. Nothing is clamped or converted silently. Pure.
#pragma once

#include <optional>
#include <string>

#include "cli/config_keys.h"
#include "cli/config_node.h"

namespace narwhal {

// What is wrong with the value; nothing when it was stored.
std::optional<std::string> store_value(const ConfigKey& key, const ConfigNode& value,
                                       Config& config);

}  // namespace narwhal
