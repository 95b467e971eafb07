#include "adapters/net/resolver.h"

#include <sys/eventfd.h>

#include <atomic>
#include <system_error>
#include <thread>
#include <utility>

#include "narwhal/signals_blocked.h"
#include "narwhal/unique_fd.h"

namespace narwhal::net {

// Shared by the loop and the thread; whoever leaves last closes the descriptor.
struct Resolver::Lookup {
  HostPort place;
  UniqueFd done_event;
  std::atomic<bool> done{false};
  Result<std::vector<Address>> result = Error{};  // the thread's until `done`
};

void Resolver::know(Address address) {
  lookup_.reset();
  known_ = {std::move(address)};
}

Result<void> Resolver::start(const HostPort& place) {
  if (std::exchange(unproven_, true)) ++turn_;
  if (lookup_ && lookup_->place == place) return {};
  lookup_.reset();
  known_.clear();
  if (auto numeric = numeric_address(place); numeric.ok()) {
    known_ = {std::move(*numeric)};
    return {};
  }
  auto lookup = std::make_shared<Lookup>();
  lookup->place = place;
  lookup->done_event.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!lookup->done_event.valid()) return posix_error("unable to create an event descriptor");
  auto fits = check_selectable(lookup->done_event.get(), "host lookup");
  if (!fits.ok()) return fits;
  const SignalsBlocked blocked;
  try {
    std::thread([lookup] {
      lookup->result = resolve(lookup->place);
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

Result<void> Resolver::collect() {
  if (!lookup_ || !lookup_->done.load(std::memory_order_acquire)) return {};
  const auto lookup = std::move(lookup_);
  lookup_.reset();
  if (!lookup->result.ok()) return lookup->result.error();
  known_ = std::move(*lookup->result);
  return {};
}

Result<std::vector<Address>> Resolver::addresses() {
  if (auto collected = collect(); !collected.ok()) return collected.error();
  return known_;
}

Result<std::optional<Address>> Resolver::address() {
  if (auto collected = collect(); !collected.ok()) return collected.error();
  if (known_.empty()) return std::optional<Address>{};
  return std::optional<Address>{known_[turn_ % known_.size()]};
}

}  // namespace narwhal::net
