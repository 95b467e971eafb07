// Location: where a RabbitMQ server is, how to log in, and how its queues are to be declared; read
// from the broker's URL and options. Pure text; nothing is opened or looked up here.
//
//   amqp://[user:password@]host[:5672][,host…][/vhost]      amqps:// the same over TLS, port 5671
//
// Options come from the configuration's `options` or from the URL's query; the query wins.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/net/broker_url.h"
#include "adapters/net/tls_settings.h"
#include "narwhal/broker.h"
#include "narwhal/result.h"

namespace narwhal::rabbitmq {

using net::HostPort;
using net::TlsSettings;

// How the queues of jobs are declared.
struct QueueSettings {
  std::string type;                              // "classic", "quorum"; empty: the server's default
  int max_priority = 0;                          // 0: jobs are not ordered by priority
  bool passive = false;                          // queues are used as they are, never declared
  std::map<std::string, std::string> arguments;  // further ones: "x-…"
};

struct Location {
  std::string shown;            // the URL without secrets, for messages
  std::vector<HostPort> hosts;  // of one cluster; tried in turn
  std::string vhost = "/";
  std::string user = "guest";
  std::string password = "guest";
  std::optional<std::uint16_t> heartbeat;  // seconds; 0: none
  TlsSettings tls;
  QueueSettings queues;
};

// Every mistake of URL and options, in words for the operator; `location` is good when none.
std::vector<BrokerMistake> read_location(const BrokerConfig& config, Location& location);

Result<Location> locate(const BrokerConfig& config);

}  // namespace narwhal::rabbitmq
