// Walks the tree of a configuration file: every key it knows goes into the draft, every other one
// is a mistake, reported with the name that was probably meant. Pure.
#pragma once

#include "cli/config_draft.h"
#include "cli/config_node.h"
#include "cli/variable_expansion.h"

namespace narwhal {

// Expands ${VAR} in every string of the tree; what cannot be expanded is reported and marked
// unusable.
void expand_strings(ConfigNode& root, const Environment& environment, ConfigDraft& draft);

void read_config_tree(const ConfigNode& root, ConfigDraft& draft);

// The path under which a broker's key is kept in the draft: "broker[0].url".
std::string broker_path(std::size_t index, std::string_view key);

}  // namespace narwhal
