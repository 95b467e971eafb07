// This host, as far as owners need it: two processes with the same boot id run on the same kernel.
#pragma once

#include <string>

namespace narwhal::sqlite {

// Empty where the kernel does not tell.
std::string boot_id();

}  // namespace narwhal::sqlite
