// What /proc says about processes. Everything is a snapshot; a process that has gone is left out.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace narwhal::test {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  char state = '?';   // as ps(1) shows it; Z is a zombie
  std::string title;  // its arguments, joined by blanks

  [[nodiscard]] bool zombie() const { return state == 'Z'; }
};

std::optional<Process> find_process(pid_t pid);
std::vector<Process> children_of(pid_t pid);
// By working directory, which every process of a test shares; without zombies, which have none.
std::vector<Process> processes_in(const std::filesystem::path& directory);
// A zombie counts as gone: it runs nothing any more.
bool alive(pid_t pid);

// Open descriptors and what they are, e.g. {3, "socket:[123]"}.
std::map<int, std::string> descriptors_of(pid_t pid);
// A line of /proc/PID/status, e.g. status_of(pid, "SigIgn"). Empty when there is none.
std::string status_of(pid_t pid, std::string_view field);
// How often its threads have waited since they began: one for each wake-up.
long wakeups_of(pid_t pid);
// The same of its first thread alone.
long loop_wakeups_of(pid_t pid);
long wakeups_of(const std::vector<pid_t>& pids);
// CPU time, user and system, in clock ticks.
long cpu_ticks_of(pid_t pid);

}  // namespace narwhal::test
