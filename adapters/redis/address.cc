#include "address.h"

#include <netdb.h>
#include <sys/un.h>

#include <cstring>
#include <memory>

namespace narwhal::redis {
namespace {

struct Free {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

int look_up(const HostPort& place, int flags, std::unique_ptr<addrinfo, Free>& list) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(place.port);
  const int code = ::getaddrinfo(place.host.c_str(), port.c_str(), &hints, &found);
  if (code == 0) list.reset(found);
  return code;
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

Result<std::vector<Address>> resolve(const HostPort& place) {
  std::unique_ptr<addrinfo, Free> list;
  int code = look_up(place, AI_NUMERICHOST, list);
  if (code != 0) code = look_up(place, 0, list);
  if (code != 0) {
    return Error{ErrorKind::unavailable, "unable to find host: " + place.host,
                 ::gai_strerror(code)};
  }
  std::vector<Address> addresses;
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    Address address;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.length = each->ai_addrlen;
    address.name = place.host;
    addresses.push_back(std::move(address));
  }
  return addresses;
}

}  // namespace narwhal::redis
