#include "resolver.h"

#include <sys/eventfd.h>

#include <atomic>
#include <csignal>
#include <system_error>
#include <thread>

#include "narwhal/unique_fd.h"

namespace narwhal::rabbitmq {

// Shared by the loop and the thread; whoever leaves last closes the descriptor.
struct Resolver::Lookup {
  UniqueFd done_event;
  std::atomic<bool> done{false};
  Result<Address> result = Error{};  // the thread's until `done`
};

namespace {

// Signals are for the master's one thread.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

Result<void> Resolver::start(const HostPort& place) {
  lookup_.reset();
  known_.reset();
  if (auto numeric = numeric_address(place); numeric.ok()) {
    known_ = std::move(*numeric);
    return {};
  }
  auto lookup = std::make_shared<Lookup>();
  lookup->done_event.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!lookup->done_event.valid()) return posix_error("unable to create an event descriptor");
  auto fits = check_selectable(lookup->done_event.get(), "host lookup");
  if (!fits.ok()) return fits;
  const SignalsBlocked blocked;
  try {
    std::thread([lookup, place] {
      lookup->result = resolve(place);
      lookup->done.store(true, std::memory_order_release);
      ::eventfd_write(lookup->done_event.get(), 1);
    }).detach();
  } catch (const std::system_error& error) {
    return Error{ErrorKind::io, "unable to start a thread for host lookup", error.what()};
  }
  lookup_ = std::move(lookup);
  return {};
}

void Resolver::watch(PollSet& set) const {
  if (lookup_) set.watch_read(lookup_->done_event.get());
}

Result<std::optional<Address>> Resolver::take() {
  if (lookup_ && lookup_->done.load(std::memory_order_acquire)) {
    const auto lookup = std::move(lookup_);
    lookup_.reset();
    if (!lookup->result.ok()) return lookup->result.error();
    known_ = std::move(*lookup->result);
  }
  return std::exchange(known_, std::nullopt);
}

}  // namespace narwhal::rabbitmq
