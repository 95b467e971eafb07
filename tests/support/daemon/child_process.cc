#include "support/daemon/child_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "support/daemon/test_directory.h"

namespace narwhal::test {
namespace {

bool redirect(const std::string& path, int flags, int to) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  return fd >= 0 && ::dup2(fd, to) >= 0;
}

[[noreturn]] void become(const Command& command) {
  ::setpgid(0, 0);
  for (const auto& [name, value] : command.env) ::setenv(name.c_str(), value.c_str(), 1);
  constexpr int kWrite = O_WRONLY | O_CREAT | O_APPEND;
  const bool ready = ::chdir(command.directory.c_str()) == 0 &&
                     redirect(command.input, O_RDONLY, STDIN_FILENO) &&
                     redirect(command.output, kWrite, STDOUT_FILENO) &&
                     redirect(command.errors, kWrite, STDERR_FILENO);
  if (!ready) ::_exit(126);
  if (command.prepare) command.prepare();
  std::vector<char*> argv;
  for (const std::string& each : command.argv) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const Command& command) {
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("unable to fork");
  if (pid_ == 0) become(command);
  ::setpgid(pid_, pid_);  // both sides do it: the test may signal the group at once
}

ChildProcess::~ChildProcess() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  ::kill(pid_, SIGCONT);
  exit_code();
}

void ChildProcess::signal(int number) const {
  if (!exit_code_) ::kill(pid_, number);
}

void ChildProcess::signal_group(int number) const {
  if (!exit_code_) ::kill(-pid_, number);
}

std::optional<int> ChildProcess::exit_code(milliseconds patience) {
  if (exit_code_) return exit_code_;
  int status = 0;
  if (!eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, patience)) return {};
  exit_code_ = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  return exit_code_;
}

CommandResult run_narwhal(const std::string& directory, std::vector<std::string> arguments,
                          const std::string& input, const std::map<std::string, std::string>& env) {
  const TestDirectory files(TestDirectory::Keep::never);
  Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), NARWHAL);
  command.directory = directory;
  command.env = env;
  command.input = files.file("in");
  command.output = files.file("out");
  command.errors = files.file("err");
  write_file(command.input, input);
  ChildProcess child(command);
  CommandResult result;
  result.code = child.exit_code().value_or(-1);
  result.output = read_file(command.output);
  result.errors = read_file(command.errors);
  return result;
}

}  // namespace narwhal::test
