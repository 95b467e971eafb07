// Location: where a Redis server is and how to talk to it, read from the broker's URL and options.
// Pure text; nothing is opened or looked up here.
//
//   redis://[user:password@]host[:6379][/db]      rediss:// the same over TLS
//   redis+unix:///path/of/socket                  db, user and password as options
//   redis+sentinel://host[:26379][,host…]/name[/db]   rediss+sentinel:// the same over TLS
//   redis+cluster://host[:6379][,host…]           rediss+cluster:// the same over TLS
//
// Options come from the configuration's `options` or from the URL's query; the query wins.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/net/broker_url.h"
#include "adapters/net/tls_settings.h"
#include "narwhal/broker.h"
#include "narwhal/config.h"
#include "narwhal/result.h"

namespace narwhal::redis {

using net::HostPort;
using net::TlsSettings;

enum class FormatKind : std::uint8_t { narwhal, sidekiq, resque };

struct Location {
  std::string shown;            // the URL without secrets, for messages
  std::string socket_path;      // redis+unix
  std::vector<HostPort> hosts;  // one server, the sentinels, or nodes of the cluster
  std::string master_name;      // sentinel only
  std::string user;
  std::string password;
  std::string sentinel_user;
  std::string sentinel_password;
  bool cluster = false;  // by the URL; any node may turn out to be part of one
  int db = 0;
  TlsSettings tls;
  FormatKind format = FormatKind::narwhal;
  std::string prefix;  // of every key

  [[nodiscard]] bool sentinel() const { return !master_name.empty(); }
  // For messages whose reader may not see the URL, and need not see it twice.
  [[nodiscard]] std::string place() const {
    if (sentinel()) return master_name;
    return hosts.empty() ? socket_path : hosts.front().text();
  }
};

// The part of the prefix between the first braces: keys that share it share a slot of a cluster.
// Empty: the prefix has none.
std::string_view hash_tag(std::string_view prefix);
// Why the location's keys cannot be kept in a cluster and what to write instead; empty: they can.
std::string cluster_mistake(const Location& location);

// Every mistake of URL and options, in words for the operator; `location` is good when none.
std::vector<BrokerMistake> read_location(const BrokerConfig& config, Location& location);

Result<Location> locate(const BrokerConfig& config);

}  // namespace narwhal::redis
