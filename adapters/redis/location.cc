#include "location.h"

#include <map>
#include <string_view>

#include "narwhal/redact.h"

namespace narwhal::redis {
namespace {

constexpr std::uint16_t kServerPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;
constexpr int kLargestDb = 65535;
// Room for it in sockaddr_un, with the final NUL.
constexpr std::size_t kLongestSocketPath = 107;

using Mistakes = std::vector<BrokerMistake>;
using Options = std::map<std::string, std::string>;

void read_hosts(std::string_view authority, std::uint16_t port, Location& location,
                Mistakes& mistakes) {
  std::string wrong = net::read_hosts(authority, port, location.hosts);
  if (!wrong.empty()) mistakes.push_back({std::move(wrong)});
}

void read_db(std::string_view text, const std::string& key, Location& location,
             Mistakes& mistakes) {
  if (text.empty()) return;
  if (const auto db = net::whole_number(text, kLargestDb)) {
    location.db = *db;
  } else {
    mistakes.push_back(
        {"database \"" + std::string(text) + "\" is no number from 0 to 65535", key});
  }
}

void read_server(const net::UrlPieces& pieces, Location& location, Mistakes& mistakes) {
  read_hosts(pieces.authority, kServerPort, location, mistakes);
  if (location.hosts.size() > 1) {
    mistakes.push_back(
        {"a URL names one server; several are for redis+cluster:// and redis+sentinel://"});
  }
  read_db(pieces.path.empty() ? pieces.path : pieces.path.substr(1), "url", location, mistakes);
}

void read_sentinel(const net::UrlPieces& pieces, Location& location, Mistakes& mistakes) {
  read_hosts(pieces.authority, kSentinelPort, location, mistakes);
  std::string_view path = pieces.path.empty() ? pieces.path : pieces.path.substr(1);
  const std::size_t slash = path.find('/');
  location.master_name = redact_detail::percent_decode(path.substr(0, slash));
  if (location.master_name.empty()) {
    mistakes.push_back({"the URL names no master; write redis+sentinel://host:26379/mymaster"});
  }
  if (slash != std::string_view::npos) read_db(path.substr(slash + 1), "url", location, mistakes);
}

void read_cluster(const net::UrlPieces& pieces, Location& location, Mistakes& mistakes) {
  location.cluster = true;
  read_hosts(pieces.authority, kServerPort, location, mistakes);
  read_db(pieces.path.empty() ? pieces.path : pieces.path.substr(1), "url", location, mistakes);
}

void read_socket(const net::UrlPieces& pieces, Location& location, Mistakes& mistakes) {
  location.socket_path = redact_detail::percent_decode(pieces.path);
  if (!pieces.authority.empty() || location.socket_path.size() < 2) {
    mistakes.push_back({"write redis+unix:///path/of/the/socket"});
  } else if (location.socket_path.size() > kLongestSocketPath) {
    mistakes.push_back({"the socket's path is longer than 107 bytes"});
  }
}

void read_place(const net::UrlPieces& pieces, Location& location, Mistakes& mistakes) {
  const std::string_view scheme = pieces.scheme;
  location.tls.enabled = scheme.starts_with("rediss");
  if (scheme == "redis" || scheme == "rediss") return read_server(pieces, location, mistakes);
  if (scheme == "redis+unix") return read_socket(pieces, location, mistakes);
  if (scheme == "redis+sentinel" || scheme == "rediss+sentinel") {
    return read_sentinel(pieces, location, mistakes);
  }
  if (scheme == "redis+cluster" || scheme == "rediss+cluster") {
    return read_cluster(pieces, location, mistakes);
  }
  mistakes.push_back(
      {"the URL must begin with redis://, rediss://, redis+unix://, redis+sentinel://, "
       "rediss+sentinel://, redis+cluster:// or rediss+cluster://"});
}

void read_verify(const std::string& value, const std::string& key, Location& location,
                 Mistakes& mistakes) {
  location.tls.verify = value != "no";
  if (value != "yes" && value != "no") {
    mistakes.push_back({"option \"verify\": \"" + value + "\" is neither \"yes\" nor \"no\"", key});
  }
}

void read_format(const std::string& value, const std::string& key, Location& location,
                 Mistakes& mistakes) {
  if (value == "narwhal") return;
  if (value == "sidekiq") {
    location.format = FormatKind::sidekiq;
  } else if (value == "resque") {
    location.format = FormatKind::resque;
  } else {
    mistakes.push_back(
        {"option \"format\": \"" + value + "\" is none of \"narwhal\", \"sidekiq\", \"resque\"",
         key});
  }
}

std::string* text_option(const std::string& name, Location& location) {
  if (name == "user") return &location.user;
  if (name == "password") return &location.password;
  if (name == "sentinel_user") return &location.sentinel_user;
  if (name == "sentinel_password") return &location.sentinel_password;
  if (name == "ca") return &location.tls.ca;
  if (name == "cert") return &location.tls.cert;
  if (name == "key") return &location.tls.key;
  if (name == "prefix") return &location.prefix;
  return nullptr;
}

// `in_url`: those of the URL's query, where they outweigh the table.
void read_options(const Options& options, const Options& in_url, Location& location,
                  Mistakes& mistakes) {
  for (const auto& [name, value] : options) {
    const std::string key = in_url.contains(name) ? "url" : "options." + name;
    if (std::string* text = text_option(name, location)) {
      *text = value;
    } else if (name == "db") {
      read_db(value, key, location, mistakes);
    } else if (name == "verify") {
      read_verify(value, key, location, mistakes);
    } else if (name == "format") {
      read_format(value, key, location, mistakes);
    } else {
      mistakes.push_back({"option \"" + name +
                              "\" is unknown to redis; there are ca, cert, key, verify, user, "
                              "password, sentinel_user, sentinel_password, db, prefix and format",
                          key});
    }
  }
  // Resque's own default; an empty prefix may be asked for by name.
  if (location.format == FormatKind::resque && !options.contains("prefix")) {
    location.prefix = "resque:";
  }
}

// The first of these options that the table has; else they are in the URL.
std::string key_of(std::initializer_list<const char*> names, const BrokerConfig& config) {
  for (const char* name : names) {
    if (config.options.contains(name)) return std::string("options.") + name;
  }
  return "url";
}

void check_tls(const Location& location, const BrokerConfig& config, Mistakes& mistakes) {
  const TlsSettings& tls = location.tls;
  const bool any = !tls.ca.empty() || !tls.cert.empty() || !tls.key.empty() || !tls.verify;
  if (any && !tls.enabled) {
    mistakes.push_back({"ca, cert, key and verify are for rediss:// URLs; this one has no TLS",
                        key_of({"ca", "cert", "key", "verify"}, config)});
  }
  if (tls.cert.empty() != tls.key.empty()) {
    mistakes.push_back(
        {"options \"cert\" and \"key\" belong together", key_of({"cert", "key"}, config)});
  }
}

void check_cluster(const Location& location, const BrokerConfig& config, Mistakes& mistakes) {
  if (!location.cluster) return;
  if (location.db != 0) {
    mistakes.push_back({"a Redis Cluster has the database 0 only", key_of({"db"}, config)});
  }
  if (const std::string mistake = cluster_mistake(location); !mistake.empty()) {
    mistakes.push_back({"in a Redis Cluster " + mistake, key_of({"prefix", "format"}, config)});
  }
}

// "app:" becomes "{app}:".
std::string with_hash_tag(const Location& location) {
  std::string name;
  for (const char c : location.prefix) {
    if (c != '{' && c != '}') name += c;
  }
  while (name.ends_with(':')) name.pop_back();
  if (name.empty()) name = location.format == FormatKind::sidekiq ? "sidekiq" : "jobs";
  return "{" + name + "}:";
}

}  // namespace

std::string_view hash_tag(std::string_view prefix) {
  const std::size_t begin = prefix.find('{');
  const std::size_t end = prefix.find('}', begin == std::string_view::npos ? begin : begin + 1);
  if (end == std::string_view::npos) return {};
  return prefix.substr(begin + 1, end - begin - 1);
}

std::string cluster_mistake(const Location& location) {
  if (!hash_tag(location.prefix).empty()) return {};
  std::string text =
      "the keys of one script must share a hash slot, so their prefix needs a "
      "hash tag in braces; write the option prefix = \"" +
      with_hash_tag(location) + "\"";
  if (location.format != FormatKind::narwhal) {
    text += ", and have the application use the same prefix: its own keys cannot be served";
  }
  return text;
}

std::vector<BrokerMistake> read_location(const BrokerConfig& config, Location& location) {
  Mistakes mistakes;
  location.shown = redact_url(config.url);
  const net::UrlPieces pieces = net::cut_url(config.url);
  read_place(pieces, location, mistakes);
  net::read_user_info(pieces.user_info, location.user, location.password);
  const Options in_url = net::read_query(pieces.query);
  Options options = in_url;
  options.insert(config.options.begin(), config.options.end());
  read_options(options, in_url, location, mistakes);
  check_tls(location, config, mistakes);
  check_cluster(location, config, mistakes);
  return mistakes;
}

Result<Location> locate(const BrokerConfig& config) {
  Location location;
  const auto mistakes = read_location(config, location);
  if (mistakes.empty()) return location;
  return Error{ErrorKind::invalid, "unable to use broker: " + location.shown,
               mistakes.front().text};
}

}  // namespace narwhal::redis
