// ChildProcess: a program started by a test, killed with it. Its output goes to a file.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/daemon/wait.h"

namespace narwhal::test {

struct Command {
  std::vector<std::string> argv;
  std::string directory;
  std::map<std::string, std::string> env;  // added to the test's own
  std::string input = "/dev/null";
  std::string output = "/dev/null";
  std::string errors = "/dev/null";
  // Runs between fork and exec: limits, namespaces, masks.
  std::function<void()> prepare;
};

class ChildProcess {
 public:
  // In a process group of its own.
  explicit ChildProcess(const Command& command);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  void signal_group(int number) const;

  // The exit code, or minus the signal that ended it; nothing when it still runs after `patience`.
  std::optional<int> exit_code(milliseconds patience = kPatience);
  [[nodiscard]] bool running() { return !exit_code(0ms).has_value(); }

 private:
  pid_t pid_ = 0;
  std::optional<int> exit_code_;
};

struct CommandResult {
  int code = -1;
  std::string output;
  std::string errors;
};

// Runs `narwhal` with these arguments in `directory`, to its end.
CommandResult run_narwhal(const std::string& directory, std::vector<std::string> arguments,
                          const std::string& input = "",
                          const std::map<std::string, std::string>& env = {});

}  // namespace narwhal::test
