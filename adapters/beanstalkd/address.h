// Where a server is: read from beanstalk://host:port and beanstalk+unix:///path, then resolved to a
// socket address.
#pragma once

#include <cstdint>
#include <string>

#include "adapters/net/address.h"
#include "narwhal/result.h"

namespace narwhal::beanstalkd {

inline constexpr std::string_view kTcpScheme = "beanstalk";
inline constexpr std::string_view kUnixScheme = "beanstalk+unix";

struct Place {
  std::string host;  // empty: a Unix socket
  std::uint16_t port = 11300;
  std::string path;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] net::HostPort host_port() const { return {host, port}; }
};

Result<Place> read_url(const std::string& url);

// Without asking anybody: a Unix socket or a numeric host. ErrorKind::not_found for a host name.
Result<net::Address> numeric_address(const Place& place);
// All its addresses, at least one; asks the resolver, which may take long.
Result<std::vector<net::Address>> resolve(const Place& place);

}  // namespace narwhal::beanstalkd
