// DaemonFixture: what tests with the real daemon share on every broker: a directory, its
// narwhal.toml, the daemons started in it, and what its jobs wrote.
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "support/daemon/daemon.h"
#include "support/daemon/daemon_config.h"
#include "support/daemon/job_store.h"
#include "support/daemon/marks.h"

namespace narwhal::test {

class DaemonFixture : public ::testing::Test {
 protected:
  void TearDown() override;

  // The queues of this test.
  virtual JobStore& store() = 0;

  // Writes `config` and starts a daemon with it. Each gets a log of its own.
  Daemon& start(Daemon::Options options = {});
  // The same, and waits until the workers are ready.
  Daemon& start_ready(Daemon::Options options = {});
  // A second instance: another file, hence another name.
  Daemon& start_other();
  // Stops `slow`, which runs `job`, until a second instance has taken it over, and lets it go on.
  // That instance is then the last of `daemons`.
  void let_another_take(Daemon& slow, const std::string& job);

  CommandResult narwhal(std::vector<std::string> arguments, const std::string& input = "") {
    return run_narwhal(directory.path(), std::move(arguments), input);
  }

  [[nodiscard]] std::string file(std::string_view name) const { return directory.file(name); }
  [[nodiscard]] Marks marks() const { return Marks(marker_file()); }
  [[nodiscard]] std::string marker_file() const { return file("marks"); }
  // Arguments of the marker jobs: the file, and how long they run.
  [[nodiscard]] std::string marker(int run_millis) const;
  [[nodiscard]] std::string marker() const { return "[" + in_quotes(marker_file()) + ",null]"; }

  // True as soon as the job has that mark, or so many jobs have it.
  bool marked(const std::string& job, const std::string& what, int times = 1) const;
  bool all_marked(int jobs, const std::string& what) const;
  bool queue_empties() {
    return eventually([this] { return store().empty(); });
  }
  bool dies(const std::string& job) {
    return eventually([&] { return !dead_letter(job).id.empty(); });
  }
  DeadLetter dead_letter(const std::string& job) { return store().dead_letter(job); }

  TestDirectory directory;
  DaemonConfig config;
  std::vector<std::unique_ptr<Daemon>> daemons;
};

}  // namespace narwhal::test
