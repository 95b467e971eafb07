// NARWHAL_* overrides: NARWHAL_<KEY> for keys at the top, NARWHAL_<TABLE>_<KEY> for the rest, in
// capitals, for every key that holds one value and stands in one place. Pure.
#pragma once

#include "cli/config_draft.h"
#include "cli/variable_expansion.h"

namespace narwhal {

// A bad value is a mistake that names the variable, and so is a key that only a later version has.
// A variable that was probably meant to be an override is a warning with the nearest name; any
// other NARWHAL_* belongs to somebody else.
void apply_overrides(const Environment& environment, ConfigDraft& draft);

}  // namespace narwhal
