// ${VAR} and ${VAR:-default} in the strings of the configuration. "$$" stands for one "$"; any
// other
// "$" is itself, since passwords hold them. What was put in is not looked at again. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "narwhal/result.h"

namespace narwhal {

using Environment = std::map<std::string, std::string>;

// The default is taken where the variable is unset or empty. The Error names a variable that is not
// set, or says what is malformed; it never shows the text, which may hold a secret. Every variable
// met is added to `used`.
Result<std::string> expand_variables(std::string_view text, const Environment& environment,
                                     std::set<std::string>& used);

}  // namespace narwhal
