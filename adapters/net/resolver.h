// Resolver: a host's addresses, without ever keeping the master's loop waiting. getaddrinfo() has
// no form that returns at once, so host names are looked up in a thread of their own; a lookup that
// is still going when its Resolver dies finishes by itself.
#pragma once

#include <memory>
#include <optional>
#include <vector>

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
  // All addresses, at least one, once they are known; none before. An Error once the lookup has
  // failed, told once.
  Result<std::vector<Address>> addresses();
  // The one of them to try. Each start() goes on to the next, unless the last was good(): a name
  // may stand for an IPv6 and an IPv4 address of which only one is served.
  Result<std::optional<Address>> address();
  void good() { unproven_ = false; }

 private:
  struct Lookup;

  // Takes over what a lookup has found.
  Result<void> collect();

  std::vector<Address> known_;
  std::size_t turn_ = 0;
  bool unproven_ = false;  // the one of the last start()
  std::shared_ptr<Lookup> lookup_;
};

}  // namespace narwhal::net
