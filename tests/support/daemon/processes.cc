#include "support/daemon/processes.h"

#include <charconv>
#include <sstream>

#include "support/daemon/test_directory.h"

namespace narwhal::test {
namespace {

namespace fs = std::filesystem;

fs::path proc(pid_t pid, std::string_view file) {
  return fs::path("/proc") / std::to_string(pid) / file;
}

std::vector<pid_t> all_pids() {
  std::vector<pid_t> pids;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error == std::errc() && *end == '\0') pids.push_back(pid);
  }
  return pids;
}

std::string title_of(pid_t pid) {
  std::string title = read_file(proc(pid, "cmdline"));
  for (char& c : title) c = c == '\0' ? ' ' : c;
  title.erase(title.find_last_not_of(' ') + 1);
  return title;
}

// The fields of /proc/PID/stat after the name, which may itself hold blanks and brackets.
std::istringstream stat_of(pid_t pid) {
  const std::string stat = read_file(proc(pid, "stat"));
  const auto name_end = stat.rfind(") ");
  return std::istringstream(name_end == std::string::npos ? "" : stat.substr(name_end + 2));
}

std::string field_of(const fs::path& status, std::string_view field) {
  for (const std::string& line : read_lines(status)) {
    if (!line.starts_with(field) || line.size() <= field.size() || line[field.size()] != ':')
      continue;
    const auto begin = line.find_first_not_of(" \t", field.size() + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

}  // namespace

std::optional<Process> find_process(pid_t pid) {
  Process process;
  process.pid = pid;
  if (!(stat_of(pid) >> process.state >> process.parent >> process.group)) return std::nullopt;
  process.title = title_of(pid);
  return process;
}

std::vector<Process> children_of(pid_t parent) {
  std::vector<Process> children;
  for (const pid_t pid : all_pids()) {
    auto process = find_process(pid);
    if (process && process->parent == parent) children.push_back(std::move(*process));
  }
  return children;
}

std::vector<Process> processes_in(const fs::path& directory) {
  std::vector<Process> found;
  for (const pid_t pid : all_pids()) {
    std::error_code ignored;
    if (fs::read_symlink(proc(pid, "cwd"), ignored) != directory) continue;
    if (auto process = find_process(pid)) found.push_back(std::move(*process));
  }
  return found;
}

bool alive(pid_t pid) {
  const auto process = find_process(pid);
  return process && !process->zombie();
}

std::map<int, std::string> descriptors_of(pid_t pid) {
  std::map<int, std::string> open;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(proc(pid, "fd"), ignored)) {
    open[std::stoi(entry.path().filename())] = fs::read_symlink(entry, ignored).string();
  }
  return open;
}

std::string status_of(pid_t pid, std::string_view field) {
  return field_of(proc(pid, "status"), field);
}

long wakeups_of(pid_t pid) {
  long sum = 0;
  std::error_code ignored;
  for (const auto& thread : fs::directory_iterator(proc(pid, "task"), ignored)) {
    const std::string count = field_of(thread.path() / "status", "voluntary_ctxt_switches");
    if (!count.empty()) sum += std::stol(count);
  }
  return sum;
}

long loop_wakeups_of(pid_t pid) {
  return std::stol("0" + field_of(proc(pid, "status"), "voluntary_ctxt_switches"));
}

long wakeups_of(const std::vector<pid_t>& pids) {
  long sum = 0;
  for (const pid_t pid : pids) sum += wakeups_of(pid);
  return sum;
}

long cpu_ticks_of(pid_t pid) {
  auto stat = stat_of(pid);
  std::string field;
  for (int i = 0; i < 11; ++i) stat >> field;
  long user = 0;
  long system = 0;
  stat >> user >> system;
  return user + system;
}

}  // namespace narwhal::test
