// Says what a value is, for error messages: short whatever its size.
#pragma once

#include <string>

#include "narwhal/value.h"

namespace narwhal::sdk {

std::string describe(const Value& value);

}  // namespace narwhal::sdk
