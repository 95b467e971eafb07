#include "address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <charconv>
#include <cstring>
#include <memory>

namespace narwhal::beanstalkd {
namespace {

Error bad_url(const std::string& reason) {
  return Error{ErrorKind::invalid, "unable to use the broker's URL", reason};
}

bool cut_scheme(std::string_view& url, std::string_view scheme) {
  if (url.substr(0, scheme.size()) != scheme || url.substr(scheme.size(), 3) != "://") return false;
  url.remove_prefix(scheme.size() + 3);
  return true;
}

Result<Place> read_unix(std::string_view path) {
  if (path.empty() || path.front() != '/') {
    return bad_url("beanstalk+unix:// is followed by the absolute path of a socket");
  }
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return bad_url("the path of a socket has at most " +
                   std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
  }
  Place place;
  place.path = path;
  return place;
}

Result<Place> read_tcp(std::string_view rest) {
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  if (rest.find('@') != std::string_view::npos) {
    return bad_url("beanstalkd knows no users and no passwords");
  }
  if (rest.find_first_of("/?#") != std::string_view::npos) {
    return bad_url("beanstalk://host:port has neither a path nor parameters");
  }
  Place place;
  const std::size_t bracket = rest.find(']');
  const std::size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  place.host = rest.substr(0, colon);
  if (!place.host.empty() && place.host.front() == '[' && place.host.back() == ']') {
    place.host = place.host.substr(1, place.host.size() - 2);
  }
  if (place.host.empty()) return bad_url("beanstalk:// is followed by a host");
  if (colon == std::string_view::npos) return place;
  const std::string_view port = rest.substr(colon + 1);
  const auto [stop, code] = std::from_chars(port.data(), port.data() + port.size(), place.port);
  if (code != std::errc{} || stop != port.data() + port.size() || place.port == 0) {
    return bad_url("\"" + std::string(port) + "\" is not a port from 1 to 65535");
  }
  return place;
}

Address unix_address(const std::string& path) {
  Address address;
  auto* name = reinterpret_cast<sockaddr_un*>(&address.storage);
  name->sun_family = AF_UNIX;
  std::memcpy(name->sun_path, path.c_str(), path.size() + 1);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return address;
}

Result<Address> look_up(const Place& place, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int code =
      ::getaddrinfo(place.host.c_str(), std::to_string(place.port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner{found, ::freeaddrinfo};
  if (code != 0 || found == nullptr) {
    const ErrorKind kind = code == EAI_NONAME ? ErrorKind::not_found : ErrorKind::unavailable;
    return Error{kind, "unable to resolve host: " + place.host, ::gai_strerror(code)};
  }
  Address address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  return address;
}

}  // namespace

std::string Place::text() const { return host.empty() ? path : host + ":" + std::to_string(port); }

Result<Place> read_url(const std::string& url) {
  std::string_view rest{url};
  if (cut_scheme(rest, kUnixScheme)) return read_unix(rest);
  if (cut_scheme(rest, kTcpScheme)) return read_tcp(rest);
  return bad_url("expected beanstalk://host:port or beanstalk+unix:///path");
}

Result<Address> numeric_address(const Place& place) {
  if (place.host.empty()) return unix_address(place.path);
  return look_up(place, AI_NUMERICHOST);
}

Result<Address> resolve(const Place& place) {
  if (place.host.empty()) return unix_address(place.path);
  return look_up(place, 0);
}

}  // namespace narwhal::beanstalkd
