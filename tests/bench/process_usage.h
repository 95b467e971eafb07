// What the kernel says that other processes have used, from /proc. Every thread of a process
// counts.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace narwhal::bench {

// Time on a CPU, in seconds, to the nanosecond (schedstat); 0 when the process is gone.
double cpu_seconds(pid_t pid);
double cpu_seconds(const std::vector<pid_t>& pids);

// How often it went to sleep by itself: each time is one wake-up later.
std::uint64_t voluntary_switches(pid_t pid);

// Memory that no other process shares (USS), in KiB.
std::uint64_t private_kib(pid_t pid);

std::vector<pid_t> children(pid_t parent);
std::vector<pid_t> group_members(pid_t group);
// As `ps` shows it.
std::string title(pid_t pid);

}  // namespace narwhal::bench
