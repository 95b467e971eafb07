#include "location.h"

#include <string_view>

#include "narwhal/redact.h"

namespace narwhal::rabbitmq {
namespace {

constexpr std::uint16_t kPort = 5672;
constexpr std::uint16_t kTlsPort = 5671;
constexpr int kMostPriorities = 255;
constexpr std::size_t kLongestName = 255;  // of what the protocol calls a short string
constexpr std::size_t kLongestPassword = 4096;

using Mistakes = std::vector<BrokerMistake>;
using Options = std::map<std::string, std::string>;

void read_place(const net::UrlPieces& pieces, Location& location, Mistakes& mistakes) {
  if (pieces.scheme != "amqp" && pieces.scheme != "amqps") {
    mistakes.push_back({"the URL must begin with amqp:// or amqps://"});
    return;
  }
  location.tls.enabled = pieces.scheme == "amqps";
  const std::uint16_t port = location.tls.enabled ? kTlsPort : kPort;
  std::string wrong_host = net::read_hosts(pieces.authority, port, location.hosts);
  if (!wrong_host.empty()) mistakes.push_back({std::move(wrong_host)});
  if (pieces.path.size() <= 1) return;
  if (pieces.path.find('/', 1) != std::string_view::npos) {
    mistakes.push_back({"a virtual host with a slash is written %2F in the URL"});
    return;
  }
  location.vhost = redact_detail::percent_decode(pieces.path.substr(1));
}

// --- options

std::string* text_option(const std::string& name, Location& location) {
  if (name == "user") return &location.user;
  if (name == "password") return &location.password;
  if (name == "vhost") return &location.vhost;
  if (name == "ca") return &location.tls.ca;
  if (name == "cert") return &location.tls.cert;
  if (name == "key") return &location.tls.key;
  return nullptr;
}

std::string wrong(const std::string& name, const std::string& value, const std::string& wanted) {
  return "option \"" + name + "\": \"" + value + "\" is " + wanted;
}

void read_verify(const std::string& value, Location& location, Mistakes& mistakes) {
  location.tls.verify = value != "no";
  if (value != "yes" && value != "no") {
    mistakes.push_back({wrong("verify", value, "neither \"yes\" nor \"no\"")});
  }
}

void read_number(const std::string& name, const std::string& value, Location& location,
                 Mistakes& mistakes) {
  const bool heartbeat = name == "heartbeat";
  const int most = heartbeat ? 65535 : kMostPriorities;
  const auto given = net::whole_number(value, most);
  if (!given) {
    mistakes.push_back({wrong(name, value, "no number from 0 to " + std::to_string(most))});
  } else if (heartbeat) {
    location.heartbeat = static_cast<std::uint16_t>(*given);
  } else {
    location.queues.max_priority = *given;
  }
}

void read_queue_type(const std::string& value, Location& location, Mistakes& mistakes) {
  location.queues.type = value;
  if (value == "classic" || value == "quorum") return;
  mistakes.push_back({wrong("queue_type", value, "neither \"classic\" nor \"quorum\"")});
}

void read_declare(const std::string& value, Location& location, Mistakes& mistakes) {
  location.queues.passive = value == "passive";
  if (value == "active" || value == "passive") return;
  mistakes.push_back({wrong("declare", value, "neither \"active\" nor \"passive\"")});
}

void read_argument(const std::string& name, const std::string& value, Location& location,
                   Mistakes& mistakes) {
  if (name == "x-queue-type" || name == "x-max-priority") {
    mistakes.push_back({"option \"" + name + "\": write it as " +
                        (name == "x-queue-type" ? "queue_type" : "max_priority")});
  } else if (name == "x-expires") {
    mistakes.push_back({"option \"x-expires\": it would delete a queue with the jobs in it"});
  } else {
    location.queues.arguments[name] = value;
  }
}

void read_option(const std::string& name, const std::string& value, Location& location,
                 Mistakes& mistakes) {
  if (std::string* text = text_option(name, location)) {
    *text = value;
  } else if (name == "verify") {
    read_verify(value, location, mistakes);
  } else if (name == "heartbeat" || name == "max_priority") {
    read_number(name, value, location, mistakes);
  } else if (name == "queue_type") {
    read_queue_type(value, location, mistakes);
  } else if (name == "declare") {
    read_declare(value, location, mistakes);
  } else if (name.starts_with("x-")) {
    read_argument(name, value, location, mistakes);
  } else {
    mistakes.push_back({"option \"" + name +
                        "\" is unknown to rabbitmq; there are user, password, vhost, heartbeat, "
                        "ca, cert, key, verify, queue_type, max_priority, declare and the "
                        "arguments of a queue (x-…)"});
  }
}

void read_options(const Options& options, const Options& in_url, Location& location,
                  Mistakes& mistakes) {
  for (const auto& [name, value] : options) {
    const std::size_t before = mistakes.size();
    read_option(name, value, location, mistakes);
    for (std::size_t i = before; i < mistakes.size(); ++i) {
      if (!in_url.contains(name)) mistakes[i].key = "options." + name;
    }
  }
}

void check_tls(const Location& location, Mistakes& mistakes) {
  const TlsSettings& tls = location.tls;
  const bool any = !tls.ca.empty() || !tls.cert.empty() || !tls.key.empty() || !tls.verify;
  if (any && !tls.enabled) {
    mistakes.push_back({"ca, cert, key and verify are for amqps:// URLs; this one has no TLS"});
  }
  if (tls.cert.empty() != tls.key.empty()) {
    mistakes.push_back({"options \"cert\" and \"key\" belong together"});
  }
}

void check_names(const Location& location, Mistakes& mistakes) {
  if (location.vhost.empty() || location.vhost.size() > kLongestName) {
    mistakes.push_back({"the name of a virtual host has 1 to 255 bytes"});
  }
  if (location.user.size() > kLongestName || location.password.size() > kLongestPassword) {
    mistakes.push_back({"the user or the password is too long"});
  }
}

// A queue that throws jobs away without a word breaks the first promise.
void check_drops(const Location& location, Mistakes& mistakes) {
  const auto& arguments = location.queues.arguments;
  if (arguments.contains("x-dead-letter-exchange")) return;
  for (const std::string name : {"x-message-ttl", "x-delivery-limit"}) {
    if (!arguments.contains(name)) continue;
    mistakes.push_back({"option \"" + name +
                            "\": jobs would be dropped without a word; it needs "
                            "x-dead-letter-exchange beside it",
                        "options." + name});
  }
  const auto overflow = arguments.find("x-overflow");
  if (overflow != arguments.end() && overflow->second.starts_with("reject-publish")) return;
  for (const std::string name : {"x-max-length", "x-max-length-bytes"}) {
    if (!arguments.contains(name)) continue;
    mistakes.push_back({"option \"" + name +
                            "\": the oldest jobs would be dropped without a word; it needs "
                            "x-overflow = \"reject-publish\" or x-dead-letter-exchange beside it",
                        "options." + name});
  }
}

}  // namespace

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
  check_tls(location, mistakes);
  check_names(location, mistakes);
  check_drops(location, mistakes);
  if (location.queues.type == "quorum" && location.queues.max_priority > 0) {
    mistakes.push_back({"option \"max_priority\": quorum queues have none"});
  }
  return mistakes;
}

Result<Location> locate(const BrokerConfig& config) {
  Location location;
  const auto mistakes = read_location(config, location);
  if (mistakes.empty()) return location;
  return Error{ErrorKind::invalid, "unable to use broker: " + location.shown,
               mistakes.front().text};
}

}  // namespace narwhal::rabbitmq
