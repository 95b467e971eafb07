#include "runtimes/exec/command_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "narwhal/posix_error.h"
#include "runtimes/exec/group_guard.h"

namespace narwhal::exec {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

struct Pipes {
  Pipe input;
  Pipe output;
  Pipe errors;
  Pipe exec_error;
};

Result<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return posix_error("unable to create a pipe");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<Pipes> open_pipes() {
  Pipes pipes;
  for (Pipe* pipe : {&pipes.input, &pipes.output, &pipes.errors, &pipes.exec_error}) {
    auto opened = open_pipe();
    if (!opened) return opened.error();
    *pipe = std::move(*opened);
  }
  // Each end of a pipe has flags of its own: the command's ends go on blocking.
  for (int fd : {pipes.input.write.get(), pipes.output.read.get(), pipes.errors.read.get(),
                 pipes.exec_error.read.get()})
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  return pipes;
}

// Holds back every signal while it exists, so that the worker's handlers never run in the child and
// the group is guarded before the worker can be told to leave.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> array;
  array.reserve(texts.size() + 1);
  for (const std::string& text : texts) array.push_back(const_cast<char*>(text.c_str()));
  array.push_back(nullptr);
  return array;
}

// By the kernel's own call: 32 and 33 belong to the C library, whose sigaction() refuses them, and
// whose posix_spawn() leaves them ignored in what it starts, our mold among others.
void reset_signals() {
  constexpr std::array<unsigned long, 8> kDefault{};  // a struct sigaction of the kernel, all zeros
  constexpr std::size_t kMaskBytes = (NSIG - 1) / 8;
  for (int signal = 1; signal < NSIG; ++signal) {
    ::syscall(SYS_rt_sigaction, signal, kDefault.data(), nullptr, kMaskBytes);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// From here to execve() only async-signal-safe calls, although the worker has one thread: the
// allocator or stdio may be in any state if a host ever forks from elsewhere.
[[noreturn]] void become_command(const char* file, char* const* argv, char* const* env,
                                 const Pipes& pipes, const narwhal_host& host, pid_t worker) {
  ::setpgid(0, 0);
  if (host.set_process_group != nullptr) host.set_process_group(host.self, ::getpid());
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != worker) ::_exit(0);  // the worker died before the line above could hold
  reset_signals();
  if (::dup2(pipes.input.read.get(), STDIN_FILENO) >= 0 &&
      ::dup2(pipes.output.write.get(), STDOUT_FILENO) >= 0 &&
      ::dup2(pipes.errors.write.get(), STDERR_FILENO) >= 0) {
    // Everything of ours is close-on-exec already; this is for libraries that forgot.
    ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execve(file, argv, env);
  }
  const int number = errno;
  [[maybe_unused]] const ssize_t written =
      ::write(pipes.exec_error.write.get(), &number, sizeof number);
  ::_exit(127);
}

Result<pid_t> fork_command(const CommandLine& line, const Pipes& pipes, const narwhal_host& host) {
  const std::vector<char*> argv = pointers(line.argv);
  const std::vector<char*> env = pointers(line.env);
  const pid_t worker = ::getpid();
  const SignalsHeld held;
  const pid_t pid = ::fork();
  if (pid < 0) return posix_error("unable to start a process");
  if (pid == 0) become_command(line.file.c_str(), argv.data(), env.data(), pipes, host, worker);
  ::setpgid(pid, pid);  // both sides do it: neither may go on before the group exists
  guard_group(pid);
  return pid;
}

// The C library's pidfd_open() has no C linkage in C++ before glibc 2.37.
UniqueFd open_pidfd(pid_t pid) {
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

Error abandon(pid_t pid, const narwhal_host& host, Error error) {
  ::kill(-pid, SIGKILL);
  forget_group(host);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return error;
}

}  // namespace

Result<CommandProcess> start_command(const CommandLine& line, const narwhal_host& host) {
  auto pipes = open_pipes();
  if (!pipes) return pipes.error();
  const auto pid = fork_command(line, *pipes, host);
  if (!pid) return pid.error();
  UniqueFd ended = open_pidfd(*pid);
  if (!ended.valid()) return abandon(*pid, host, posix_error("unable to watch a process"));
  return CommandProcess{*pid,
                        std::move(ended),
                        std::move(pipes->input.write),
                        std::move(pipes->output.read),
                        std::move(pipes->errors.read),
                        std::move(pipes->exec_error.read)};
}

void forget_group(const narwhal_host& host) {
  guard_group(0);
  if (host.set_process_group != nullptr) host.set_process_group(host.self, 0);
}

}  // namespace narwhal::exec
