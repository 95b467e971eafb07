// Address: one place to connect to, ready for connect(2), and the lookup of host names.
#pragma once

#include <sys/socket.h>

#include <string>

#include "location.h"

namespace narwhal::rabbitmq {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string host;  // what a certificate must be for
  std::string name;  // host:port, for messages

  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Without asking anybody. ErrorKind::not_found for a host name.
Result<Address> numeric_address(const HostPort& place);
// Asks the system's resolver; may take long.
Result<Address> resolve(const HostPort& place);

}  // namespace narwhal::rabbitmq
