#include "address.h"

#include <sys/un.h>

#include <charconv>

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

}  // namespace

std::string Place::text() const { return host.empty() ? path : host + ":" + std::to_string(port); }

Result<Place> read_url(const std::string& url) {
  std::string_view rest{url};
  if (cut_scheme(rest, kUnixScheme)) return read_unix(rest);
  if (cut_scheme(rest, kTcpScheme)) return read_tcp(rest);
  return bad_url("expected beanstalk://host:port or beanstalk+unix:///path");
}

Result<net::Address> numeric_address(const Place& place) {
  if (place.host.empty()) return net::unix_address(place.path);
  return net::numeric_address(place.host_port());
}

Result<std::vector<net::Address>> resolve(const Place& place) {
  if (place.host.empty()) return std::vector{net::unix_address(place.path)};
  return net::resolve(place.host_port());
}

}  // namespace narwhal::beanstalkd
