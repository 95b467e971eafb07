// Daemon: the real `narwhal run`, in a directory of a test, with its log in a file there. When it
// goes, everything it started goes too.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/daemon/child_process.h"
#include "support/daemon/processes.h"
#include "support/daemon/test_directory.h"

namespace narwhal::test {

// Jobs out at one worker: the one that runs and those sent ahead (SlotPage::kJobs). So many may
// have ended without the broker's knowing when the master dies.
inline constexpr int kMostInHand = 8;

class Daemon {
 public:
  struct Options {
    std::string config = "narwhal.toml";  // in the test's directory
    std::string log = "narwhal.log";      // there too
    std::string errors;                   // standard error; empty: the log
    std::map<std::string, std::string> env;
    std::function<void()> prepare;  // as Command::prepare
  };

  Daemon(const TestDirectory& directory, Options options);
  ~Daemon();

  [[nodiscard]] pid_t pid() const { return process_->pid(); }
  void signal(int number) const { process_->signal(number); }
  // To the whole process group: master, mold, workers.
  void signal_group(int number) const { process_->signal_group(number); }
  std::optional<int> exit_code(milliseconds patience = kPatience) {
    return process_->exit_code(patience);
  }
  [[nodiscard]] bool running() { return process_->running(); }
  // Sends the signal and gives the exit code.
  std::optional<int> end(int number) {
    signal(number);
    return exit_code();
  }

  // What it has logged so far.
  const std::string& log();
  // True as soon as a line holds `what` for the `times`-th time.
  bool logs(std::string_view what, int times = 1, milliseconds patience = kPatience);
  int log_count(std::string_view what) { return count_of(log(), what); }
  // The lines that hold `what`.
  std::vector<std::string> log_lines(std::string_view what);

  [[nodiscard]] std::vector<Process> workers() const;
  [[nodiscard]] std::vector<pid_t> worker_pids() const;
  // 0 when there is none.
  [[nodiscard]] pid_t mold() const;
  // True as soon as it has said that so many workers became ready, over its whole life.
  bool workers_ready(int count) { return logs("worker ready", count); }

 private:
  const TestDirectory& directory_;
  std::string log_file_;
  std::string log_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace narwhal::test
