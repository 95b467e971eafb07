#include "process_usage.h"

#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string_view>

namespace narwhal::bench {
namespace {

namespace fs = std::filesystem;

std::string folder(pid_t pid) { return "/proc/" + std::to_string(pid); }

// Calls `use` with the folder of each thread; a thread that ends meanwhile is left out.
template <typename Use>
void for_each_thread(pid_t pid, Use use) {
  std::error_code ignored;
  fs::directory_iterator threads{folder(pid) + "/task", ignored};
  for (; !ignored && threads != fs::directory_iterator{}; threads.increment(ignored)) {
    use(threads->path());
  }
}

// The number behind `key` in a file of "key: number" lines; 0 when there is none.
std::uint64_t number_after(const fs::path& file, std::string_view key) {
  std::ifstream in{file};
  std::string line;
  while (std::getline(in, line)) {
    if (!line.starts_with(key)) continue;
    const auto digits = line.find_first_of("0123456789", key.size());
    std::uint64_t number = 0;
    if (digits == std::string::npos) return 0;
    std::from_chars(line.data() + digits, line.data() + line.size(), number);
    return number;
  }
  return 0;
}

template <typename Predicate>
std::vector<pid_t> processes_where(Predicate fits) {
  std::vector<pid_t> found;
  std::error_code ignored;
  fs::directory_iterator processes{"/proc", ignored};
  for (; !ignored && processes != fs::directory_iterator{}; processes.increment(ignored)) {
    const std::string name = processes->path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{}) continue;
    if (fits(pid)) found.push_back(pid);
  }
  return found;
}

}  // namespace

double cpu_seconds(pid_t pid) {
  std::uint64_t nanoseconds = 0;
  for_each_thread(pid, [&](const fs::path& thread) {
    std::uint64_t own = 0;
    if (std::ifstream in{thread / "schedstat"}; in >> own) nanoseconds += own;
  });
  return static_cast<double>(nanoseconds) / 1e9;
}

double cpu_seconds(const std::vector<pid_t>& pids) {
  return std::accumulate(pids.begin(), pids.end(), 0.0,
                         [](double sum, pid_t pid) { return sum + cpu_seconds(pid); });
}

std::uint64_t voluntary_switches(pid_t pid) {
  std::uint64_t switches = 0;
  for_each_thread(pid, [&](const fs::path& thread) {
    switches += number_after(thread / "status", "voluntary_ctxt_switches:");
  });
  return switches;
}

std::uint64_t private_kib(pid_t pid) {
  const fs::path file = folder(pid) + "/smaps_rollup";
  return number_after(file, "Private_Clean:") + number_after(file, "Private_Dirty:");
}

std::vector<pid_t> children(pid_t parent) {
  return processes_where([parent](pid_t pid) {
    const auto of = number_after(folder(pid) + "/status", "PPid:");
    return of == static_cast<std::uint64_t>(parent);
  });
}

std::vector<pid_t> group_members(pid_t group) {
  return processes_where([group](pid_t pid) { return ::getpgid(pid) == group; });
}

std::string title(pid_t pid) {
  std::ifstream in{folder(pid) + "/cmdline"};
  std::string text;
  std::getline(in, text, '\0');
  return text;
}

}  // namespace narwhal::bench
