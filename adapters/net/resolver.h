// Resolver: a host's address, without ever keeping the master's loop waiting. getaddrinfo() has no
// form that returns at once, so host names are looked up in a thread of their own; a lookup that is
// still going when its Resolver dies finishes by itself.
#pragma once

#include <memory>
#include <optional>

#include "adapters/net/address.h"
#include "narwhal/poll_set.h"

namespace narwhal::net {

class Resolver {
 public:
  // Begins a lookup, unless one for the same place is still going; one for another is forgotten.
  // Numeric hosts are known at once.
  Result<void> start(const HostPort& place);
  // Nothing needs to be looked up.
  void know(Address address);
  void watch(PollSet& set) const;
  // The address, once it is known; an Error once the lookup has failed. A failure is told once.
  Result<std::optional<Address>> address();

 private:
  struct Lookup;

  std::optional<Address> known_;
  std::shared_ptr<Lookup> lookup_;
};

}  // namespace narwhal::net
