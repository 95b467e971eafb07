// Where a server is: read from beanstalk://host:port and beanstalk+unix:///path, then resolved to a
// socket address.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "narwhal/result.h"

namespace narwhal::beanstalkd {

inline constexpr std::string_view kTcpScheme = "beanstalk";
inline constexpr std::string_view kUnixScheme = "beanstalk+unix";

struct Place {
  std::string host;  // empty: a Unix socket
  std::uint16_t port = 11300;
  std::string path;

  [[nodiscard]] std::string text() const;
};

Result<Place> read_url(const std::string& url);

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] int family() const { return storage.ss_family; }
  [[nodiscard]] const sockaddr* data() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// Without asking anybody: a Unix socket or a numeric host. ErrorKind::not_found for a host name.
Result<Address> numeric_address(const Place& place);
// Asks the resolver; may take long.
Result<Address> resolve(const Place& place);

}  // namespace narwhal::beanstalkd
