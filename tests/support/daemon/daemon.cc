#include "support/daemon/daemon.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>

namespace narwhal::test {

Daemon::Daemon(const TestDirectory& directory, Options options)
    : directory_(directory), log_file_(directory.file(options.log)) {
  Command command;
  command.argv = {NARWHAL, "run", "-c", options.config};
  command.directory = directory.path();
  command.env = std::move(options.env);
  // In a build with sanitizers a job's crash must stay a crash.
  command.env.try_emplace("ASAN_OPTIONS", "handle_segv=0:handle_abort=0");
  command.output = log_file_;
  command.errors = options.errors.empty() ? log_file_ : options.errors;
  command.prepare = std::move(options.prepare);
  write_file(log_file_, "");
  process_ = std::make_unique<ChildProcess>(command);
}

Daemon::~Daemon() {
  if (::testing::Test::HasFailure()) std::cerr << "--- " << log_file_ << "\n" << log() << "---\n";
  process_.reset();
}

const std::string& Daemon::log() {
  std::ifstream in(log_file_, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(log_.size()));
  log_.append(std::istreambuf_iterator<char>(in), {});
  return log_;
}

bool Daemon::logs(std::string_view what, int times, milliseconds patience) {
  return eventually([&] { return log_count(what) >= times || !running(); }, patience) &&
         log_count(what) >= times;
}

std::vector<std::string> Daemon::log_lines(std::string_view what) {
  std::vector<std::string> found;
  for (std::string& line : read_lines(log_file_)) {
    if (line.find(what) != std::string::npos) found.push_back(std::move(line));
  }
  return found;
}

std::vector<Process> Daemon::workers() const {
  std::vector<Process> workers = children_of(pid());
  std::erase_if(workers, [](const Process& process) {
    return process.zombie() || !process.title.starts_with("narwhal: worker");
  });
  return workers;
}

std::vector<pid_t> Daemon::worker_pids() const {
  std::vector<pid_t> pids;
  for (const Process& worker : workers()) pids.push_back(worker.pid);
  return pids;
}

pid_t Daemon::mold() const {
  for (const Process& child : children_of(pid())) {
    if (!child.zombie() && child.title == "narwhal: mold") return child.pid;
  }
  return 0;
}

}  // namespace narwhal::test
