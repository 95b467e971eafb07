#include "adapters/net/address.h"

#include <netdb.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace narwhal::net {
namespace {

struct Free {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Result<std::vector<Address>> look_up(const HostPort& place, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(place.port);
  const int code = ::getaddrinfo(place.host.c_str(), port.c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, Free> list(code == 0 ? found : nullptr);
  if (list == nullptr) {
    const ErrorKind kind = code == EAI_NONAME ? ErrorKind::not_found : ErrorKind::unavailable;
    return Error{kind, "unable to find host: " + place.host, ::gai_strerror(code)};
  }
  std::vector<Address> addresses;
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    Address address;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.length = each->ai_addrlen;
    address.place = place;
    addresses.push_back(std::move(address));
  }
  return addresses;
}

}  // namespace

Address unix_address(const std::string& path) {
  Address address;
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  std::memcpy(place.sun_path, path.c_str(), std::min(path.size(), sizeof(place.sun_path) - 1));
  std::memcpy(&address.storage, &place, sizeof(place));
  address.length = sizeof(place);
  return address;
}

Result<Address> numeric_address(const HostPort& place) {
  auto found = look_up(place, AI_NUMERICHOST);
  if (!found.ok()) return found.error();
  return std::move(found->front());
}

Result<std::vector<Address>> resolve(const HostPort& place) {
  auto numeric = look_up(place, AI_NUMERICHOST);
  return numeric.ok() ? std::move(numeric) : look_up(place, 0);
}

}  // namespace narwhal::net
