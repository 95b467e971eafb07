#include "process/quit_signal.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>

namespace narwhal {
namespace {

std::atomic<bool> requested{false};
std::atomic<int> socket_to_master{-1};
std::atomic<int> event{-1};
std::atomic<pid_t> worker{0};

// A QUIT that arrives just before the worker waits would be noticed only with the next message.
// From here on the socket's receive calls time out at once, and the event, if there is one, is
// readable, so that it never waits with the flag up. All calls are async-signal-safe
// (signal-safety(7)).
void on_quit(int) {
  const int saved = errno;
  if (::getpid() == worker) {
    requested = true;
    constexpr timeval kAtOnce{0, 1};
    ::setsockopt(socket_to_master, SOL_SOCKET, SO_RCVTIMEO, &kAtOnce, sizeof kAtOnce);
    constexpr std::uint64_t kOne = 1;
    [[maybe_unused]] const ssize_t written = event < 0 ? 0 : ::write(event, &kOne, sizeof kOne);
  } else {
    // A process that a job forked shares both, and is no worker: it ends as any program does.
    std::signal(SIGQUIT, SIG_DFL);
    std::raise(SIGQUIT);
  }
  errno = saved;
}

}  // namespace

QuitSignal::QuitSignal(int channel) : channel_(channel) {
  worker = ::getpid();
  socket_to_master = channel;
  struct sigaction action {};
  action.sa_handler = on_quit;  // without SA_RESTART: a recv() in progress ends with EINTR
  ::sigaction(SIGQUIT, &action, nullptr);
}

void QuitSignal::make_pollable() {
  event_ = UniqueFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  either_ = UniqueFd{::epoll_create1(EPOLL_CLOEXEC)};
  for (const int descriptor : {channel_, event_.get()}) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    // Out of descriptors: the channel alone will do.
    if (::epoll_ctl(either_.get(), EPOLL_CTL_ADD, descriptor, &wanted) != 0) either_.reset();
  }
  event = event_.get();
}

bool QuitSignal::came() { return requested; }

}  // namespace narwhal
