// Address: one place to connect to, ready for connect(2); and the lookup of host names.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "adapters/net/broker_url.h"
#include "narwhal/result.h"

namespace narwhal::net {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  HostPort place;  // a certificate must be for its host; empty for Unix sockets

  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// A path that is too long is cut: adapters refuse it before.
Address unix_address(const std::string& path);

// Without asking anybody. ErrorKind::not_found for a host name.
Result<Address> numeric_address(const HostPort& place);

// All addresses of a host, at least one. A numeric one never blocks; a name may, for as long as the
// system's resolver takes. ErrorKind::not_found: there is no such host.
Result<std::vector<Address>> resolve(const HostPort& place);

}  // namespace narwhal::net
