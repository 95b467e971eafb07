#include "address.h"

#include <netdb.h>

#include <cstring>
#include <memory>

namespace narwhal::rabbitmq {
namespace {

struct Free {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Result<Address> look_up(const HostPort& place, int flags) {
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
  Address address;
  std::memcpy(&address.storage, list->ai_addr, list->ai_addrlen);
  address.length = list->ai_addrlen;
  address.host = place.host;
  address.name = place.text();
  return address;
}

}  // namespace

Result<Address> numeric_address(const HostPort& place) { return look_up(place, AI_NUMERICHOST); }

Result<Address> resolve(const HostPort& place) {
  auto numeric = numeric_address(place);
  return numeric.ok() ? numeric : look_up(place, 0);
}

}  // namespace narwhal::rabbitmq
