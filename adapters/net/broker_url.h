// The URL of a broker's server taken apart: scheme://user:password@host:port,host:port/path?query.
// What the parts mean is the adapter's business. Pure text; nothing is opened or looked up here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace narwhal::net {

struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const HostPort&) const = default;
  [[nodiscard]] std::string text() const {
    const bool six = host.find(':') != std::string::npos;
    return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
  }
};

// Nothing decoded yet. Views into the URL; empty where it has no "://".
struct UrlPieces {
  std::string_view scheme;
  std::string_view user_info;
  std::string_view authority;
  std::string_view path;  // with its slash
  std::string_view query;
};
UrlPieces cut_url(std::string_view url);

// "a=1&b", decoded.
std::map<std::string, std::string> read_query(std::string_view query);

// "user:password", decoded; each is left as it is where there is none.
void read_user_info(std::string_view info, std::string& user, std::string& password);

// "host", "host:port" and "[::1]:port", by commas; `port` where none is given. Returns what is
// wrong with the first that is malformed, in words for the operator; those before it are in
// `hosts`.
std::string read_hosts(std::string_view authority, std::uint16_t port,
                       std::vector<HostPort>& hosts);

// A whole number from 0 to `most`, and nothing else.
std::optional<int> whole_number(std::string_view text, int most);

}  // namespace narwhal::net
