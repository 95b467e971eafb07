#include "adapters/net/broker_url.h"

#include <charconv>

#include "narwhal/redact.h"

namespace narwhal::net {
namespace {

constexpr const char* kMalformed =
    "the URL's host is missing or malformed; write host or host:port";
// Not repeated: where an "@" was forgotten, it is a password.
constexpr const char* kPortRange = "the URL's port is out of range; it is from 1 to 65535";

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// `place` has the default port. Returns what is wrong.
std::string read_host(std::string_view text, HostPort& place) {
  std::string_view rest;
  if (text.starts_with('[')) {  // an IPv6 address
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return kMalformed;
    place.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    place.host = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
  }
  if (place.host.empty()) return kMalformed;
  if (rest.empty()) return {};
  if (rest.front() != ':' || !all_digits(rest.substr(1))) return kMalformed;
  const auto given = whole_number(rest.substr(1), 65535);
  if (!given || *given == 0) return kPortRange;
  place.port = static_cast<std::uint16_t>(*given);
  return {};
}

}  // namespace

UrlPieces cut_url(std::string_view url) {
  UrlPieces pieces;
  const std::size_t start = url.find("://");
  if (start == std::string_view::npos) return pieces;
  pieces.scheme = url.substr(0, start);
  std::string_view rest = url.substr(start + 3);
  // A password may hold "?" or "/" when it is in the user part: what ends with the last "@". A path
  // of a socket has no user before it.
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos && !rest.starts_with('/')) {
    pieces.user_info = rest.substr(0, at);
    rest.remove_prefix(at + 1);
  }
  if (const std::size_t query = rest.find('?'); query != std::string_view::npos) {
    pieces.query = rest.substr(query + 1);
    rest = rest.substr(0, query);
  }
  const std::size_t slash = rest.find('/');
  pieces.authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) pieces.path = rest.substr(slash);
  return pieces;
}

std::map<std::string, std::string> read_query(std::string_view query) {
  std::map<std::string, std::string> options;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    const std::string name = redact_detail::percent_decode(pair.substr(0, equals));
    options[name] = equals == std::string_view::npos
                        ? std::string{}
                        : redact_detail::percent_decode(pair.substr(equals + 1));
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
  }
  return options;
}

void read_user_info(std::string_view info, std::string& user, std::string& password) {
  if (info.empty()) return;
  const std::size_t colon = info.find(':');
  user = redact_detail::percent_decode(info.substr(0, colon));
  if (colon != std::string_view::npos) {
    password = redact_detail::percent_decode(info.substr(colon + 1));
  }
}

std::string read_hosts(std::string_view authority, std::uint16_t port,
                       std::vector<HostPort>& hosts) {
  while (true) {
    const std::size_t comma = authority.find(',');
    HostPort place{.host = {}, .port = port};
    if (auto wrong = read_host(authority.substr(0, comma), place); !wrong.empty()) return wrong;
    hosts.push_back(std::move(place));
    if (comma == std::string_view::npos) return {};
    authority.remove_prefix(comma + 1);
  }
}

std::optional<int> whole_number(std::string_view text, int most) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || value < 0 || value > most) {
    return std::nullopt;
  }
  return value;
}

}  // namespace narwhal::net
