// Where the module of a runtime lies that is no part of the binary, as narwhal-ruby.so is none:
// beside the binary in a build tree, in the library folder of an installation.
#pragma once

#include <string>

#include "narwhal/result.h"

namespace narwhal {

// The path of narwhal-<name>.so.
Result<std::string> find_plugin(const std::string& name);

// "3.1" when this build has a ruby runtime, else empty.
std::string ruby_version();

}  // namespace narwhal
