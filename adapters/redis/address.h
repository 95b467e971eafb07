// Address: one place to connect to, ready for connect(2); and the only code that looks up names.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "location.h"
#include "narwhal/result.h"

namespace narwhal::redis {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string name;  // what a certificate must be for; empty for Unix sockets

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address unix_address(const std::string& path);

// All addresses of a host. A numeric one never blocks; a name may, for as long as the system's
// resolver takes.
Result<std::vector<Address>> resolve(const HostPort& place);

}  // namespace narwhal::redis
