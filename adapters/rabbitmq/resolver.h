// Resolver: a host's address, without ever keeping the master's loop waiting. getaddrinfo() has no
// form that returns at once, so host names are looked up in a thread of their own; a lookup that is
// still going when its Resolver dies finishes by itself.
#pragma once

#include <memory>
#include <optional>

#include "address.h"
#include "narwhal/poll_set.h"

namespace narwhal::rabbitmq {

class Resolver {
 public:
  // Begins a lookup; one that is still going is forgotten. Numeric hosts are known at once.
  Result<void> start(const HostPort& place);
  void watch(PollSet& set) const;
  // The address, once, when it has become known; an Error once the lookup has failed.
  Result<std::optional<Address>> take();

 private:
  struct Lookup;

  std::optional<Address> known_;
  std::shared_ptr<Lookup> lookup_;
};

}  // namespace narwhal::rabbitmq
