// The resident memory of a process, from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace narwhal {

// In bytes; 0 when the process is gone.
std::uint64_t resident_bytes(pid_t pid);

}  // namespace narwhal
