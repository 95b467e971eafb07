#include "base/self_pipe.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "narwhal/posix_error.h"

namespace narwhal {
namespace {

constexpr int kSignals = 65;  // Linux: 1 to 64

std::array<std::atomic<std::uint32_t>, kSignals> pending;
std::atomic<int> wake_descriptor{-1};
static_assert(std::atomic<std::uint32_t>::is_always_lock_free, "used in signal handlers");

void on_signal(int signal) {
  const int saved = errno;
  pending[static_cast<std::size_t>(signal)].fetch_add(1, std::memory_order_relaxed);
  const char byte = 0;
  [[maybe_unused]] const ssize_t written = ::write(wake_descriptor.load(), &byte, 1);
  errno = saved;
}

constexpr std::array kMasterSignals = {
    SignalMeaning{SIGTERM, "TERM", "quick stop: give jobs back, kill all workers, exit 0"},
    SignalMeaning{SIGINT, "INT", "quick stop, as TERM"},
    SignalMeaning{SIGQUIT, "QUIT", "drain: finish running jobs up to drain_timeout, then as TERM"},
    SignalMeaning{SIGTTIN, "TTIN", "one worker more"},
    SignalMeaning{SIGTTOU, "TTOU", "one worker fewer"},
    SignalMeaning{SIGTSTP, "TSTP", "pause fetching"},
    SignalMeaning{SIGCONT, "CONT", "resume fetching, and bring workers back after WINCH"},
    SignalMeaning{SIGUSR1, "USR1", "log what every worker is doing"},
    SignalMeaning{SIGXCPU, "XCPU", "quick stop, as TERM: the CPU time allowed is used up"},
    SignalMeaning{SIGHUP, "HUP", "ignored, with a line in the log: this version does not reload"},
    SignalMeaning{SIGWINCH, "WINCH", "stop workers after their job, keep the master"},
    SignalMeaning{SIGCHLD, "CHLD", "reap children"},
};

}  // namespace

std::span<const SignalMeaning> master_signals() { return kMasterSignals; }

std::string_view signal_name(int number) {
  static constexpr std::array<std::string_view, 32> kNames = {
      "signal 0",  "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
      "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
      "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
      "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};
  if (number >= 0 && static_cast<std::size_t>(number) < kNames.size()) {
    return kNames[static_cast<std::size_t>(number)];
  }
  return "a real-time signal";
}

Result<SelfPipe> SelfPipe::install(std::span<const SignalMeaning> signals,
                                   std::span<const int> ignored) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return posix_error("unable to make a self-pipe");
  SelfPipe self{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
  wake_descriptor = ends[1];

  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  ::sigfillset(&action.sa_mask);
  for (const SignalMeaning& signal : signals) {
    if (::sigaction(signal.number, &action, nullptr) != 0) {
      return posix_error("unable to handle SIG" + std::string(signal.name));
    }
  }
  for (const int number : ignored) {
    struct sigaction present {};
    ::sigaction(number, nullptr, &present);
    // What somebody handles already (a profiler that was loaded first) stays theirs.
    if (present.sa_handler == SIG_DFL) ::signal(number, SIG_IGN);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  return self;
}

void SelfPipe::drain() {
  char bytes[256];
  while (::read(reader_.get(), bytes, sizeof bytes) > 0) {
  }
}

std::uint32_t SelfPipe::take(int signal) {
  return pending[static_cast<std::size_t>(signal)].exchange(0, std::memory_order_relaxed);
}

void reset_signals() {
  for (int number = 1; number < kSignals; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace narwhal
