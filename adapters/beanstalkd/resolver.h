// Resolver: a host's address, without ever keeping the master's loop waiting. getaddrinfo() has no
// form that returns at once, so host names are looked up in a thread of their own, one at a time; a
// lookup that is still going when its Resolver dies finishes by itself.
#pragma once

#include <memory>
#include <optional>

#include "address.h"
#include "narwhal/poll_set.h"

namespace narwhal::beanstalkd {

class Resolver {
 public:
  explicit Resolver(Place place) : place_(std::move(place)) {}

  // Begins a lookup if none is going. Numeric hosts and Unix sockets are known at once.
  Result<void> start();
  void watch(PollSet& set) const;
  // The address, once it is known; an Error once the lookup has failed. A failure is told once.
  Result<std::optional<Address>> address();

 private:
  struct Lookup;

  Place place_;
  std::optional<Address> address_;
  std::shared_ptr<Lookup> lookup_;
};

}  // namespace narwhal::beanstalkd
