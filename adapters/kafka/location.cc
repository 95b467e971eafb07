#include "location.h"

#include <array>
#include <string_view>

#include "adapters/net/broker_url.h"
#include "handles.h"
#include "narwhal/redact.h"

namespace narwhal::kafka {
namespace {

constexpr std::uint16_t kPort = 9092;
constexpr int kMostPartitions = 10000;
constexpr int kMostReplicas = 32767;

using Mistakes = std::vector<BrokerMistake>;

void read_place(const net::UrlPieces& pieces, Location& location, Mistakes& mistakes) {
  if (pieces.scheme != "kafka") {
    mistakes.push_back({"the URL must begin with kafka://"});
    return;
  }
  std::vector<net::HostPort> hosts;
  std::string wrong_host = net::read_hosts(pieces.authority, kPort, hosts);
  if (!wrong_host.empty()) mistakes.push_back({std::move(wrong_host)});
  for (const net::HostPort& host : hosts) {
    location.servers += (location.servers.empty() ? "" : ",") + host.text();
  }
  if (pieces.path.size() > 1) {
    mistakes.push_back({"the URL has a path; topics are named in queues, the group in ?group="});
  }
}

// A user and a password mean nothing without the way in which they are sent, which nobody should
// have to guess.
void read_user(const net::UrlPieces& pieces, const Properties& options, Location& location,
               Mistakes& mistakes) {
  if (pieces.user_info.empty()) return;
  net::read_user_info(pieces.user_info, location.properties["sasl.username"],
                      location.properties["sasl.password"]);
  if (!options.contains("security.protocol")) {
    mistakes.push_back(
        {"a user in the URL needs the option \"security.protocol\" (sasl_ssl or sasl_plaintext), "
         "and \"sasl.mechanisms\""});
  }
}

// --- options

// What an operator may not set, and why.
struct Owned {
  std::string_view name;
  std::string_view reason;
};
constexpr std::string_view kInUrl = "the URL names the servers";
constexpr std::string_view kCommits = "Narwhal itself commits what is finished";
constexpr std::string_view kStores = "a job counts as stored when every replica in sync has it";
constexpr std::string_view kOwnLoop = "it would go past Narwhal's own loop";
constexpr std::array kOwned = {
    Owned{"bootstrap.servers", kInUrl},
    Owned{"metadata.broker.list", kInUrl},
    Owned{"group.id", "write it as group"},
    Owned{"client.id", "write it as client_id"},
    Owned{"enable.auto.commit", kCommits},
    Owned{"auto.commit.enable", kCommits},
    Owned{"auto.commit.interval.ms", kCommits},
    Owned{"enable.auto.offset.store", kCommits},
    Owned{"offset.store.method", kCommits},
    Owned{"auto.offset.reset", "a new group starts with the oldest job, and no job is skipped"},
    Owned{"acks", kStores},
    Owned{"request.required.acks", kStores},
    Owned{"enable.idempotence", kStores},
    Owned{"transactional.id", "jobs are stored one by one"},
    Owned{"session.timeout.ms", "it follows duration in [lease]"},
    Owned{"heartbeat.interval.ms", "it follows duration in [lease]"},
    Owned{"message.max.bytes", "it follows max_payload in [limits]"},
    Owned{"allow.auto.create.topics", "Narwhal creates topics itself, with settings of their own"},
    Owned{"log.queue", kOwnLoop},
    Owned{"enable.partition.eof", kOwnLoop},
    Owned{"internal.termination.signal", kOwnLoop},
};

std::string wrong(const std::string& name, const std::string& value, const std::string& wanted) {
  return "option \"" + name + "\": \"" + value + "\" is " + wanted;
}

void read_number(const std::string& name, const std::string& value, int most, int& number,
                 Mistakes& mistakes) {
  const auto given = net::whole_number(value, most);
  if (given && *given > 0) {
    number = *given;
  } else {
    mistakes.push_back({wrong(name, value, "no number from 1 to " + std::to_string(most))});
  }
}

void read_order(const std::string& value, Location& location, Mistakes& mistakes) {
  if (value == "none") {
    location.order = Order::none;
  } else if (value == "key") {
    location.order = Order::key;
  } else if (value == "partition") {
    location.order = Order::partition;
  } else {
    mistakes.push_back({wrong("order", value, "none of \"none\", \"key\", \"partition\"")});
  }
}

void read_name(const std::string& name, const std::string& value, std::string& text,
               Mistakes& mistakes) {
  text = value;
  if (value.empty()) mistakes.push_back({"option \"" + name + "\" is empty"});
}

// By librdkafka itself, on a scratch configuration.
void read_property(const std::string& name, const std::string& value, Location& location,
                   Mistakes& mistakes) {
  for (const Owned& owned : kOwned) {
    if (name == owned.name) {
      mistakes.push_back(
          {"option \"" + name + "\" is not to be set: " + std::string(owned.reason)});
      return;
    }
  }
  if (name == "partition.assignment.strategy" && value != "cooperative-sticky") {
    mistakes.push_back({wrong(name, value, "not supported; Narwhal uses cooperative-sticky")});
    return;
  }
  const Conf scratch(rd_kafka_conf_new());
  std::array<char, 512> problem{};
  const auto result =
      rd_kafka_conf_set(scratch.get(), name.c_str(), value.c_str(), problem.data(), problem.size());
  if (result == RD_KAFKA_CONF_UNKNOWN) {
    mistakes.push_back(
        {"option \"" + name +
         "\" is unknown to kafka; there are group, client_id, prefix, order, partitions, "
         "replication and the properties of librdkafka"});
  } else if (result != RD_KAFKA_CONF_OK) {
    std::string text = problem.data();
    if (names_secret(name)) hide_secret(text, value);
    mistakes.push_back({"option \"" + name + "\": " + text});
  } else {
    location.properties[name] = value;
  }
}

void read_option(const std::string& name, const std::string& value, Location& location,
                 Mistakes& mistakes) {
  if (name == "group") {
    read_name(name, value, location.group, mistakes);
  } else if (name == "client_id") {
    read_name(name, value, location.client_id, mistakes);
  } else if (name == "prefix") {
    location.prefix = value;
  } else if (name == "order") {
    read_order(value, location, mistakes);
  } else if (name == "partitions") {
    read_number(name, value, kMostPartitions, location.partitions, mistakes);
  } else if (name == "replication") {
    read_number(name, value, kMostReplicas, location.replication, mistakes);
  } else {
    read_property(name, value, location, mistakes);
  }
}

void read_options(const Properties& options, const Properties& in_url, Location& location,
                  Mistakes& mistakes) {
  for (const auto& [name, value] : options) {
    const std::size_t before = mistakes.size();
    read_option(name, value, location, mistakes);
    for (std::size_t i = before; i < mistakes.size(); ++i) {
      if (!in_url.contains(name)) mistakes[i].key = "options." + name;
    }
  }
}

}  // namespace

std::vector<BrokerMistake> read_location(const BrokerConfig& config, Location& location) {
  Mistakes mistakes;
  location.shown = redact_url(config.url);
  const net::UrlPieces pieces = net::cut_url(config.url);
  read_place(pieces, location, mistakes);
  const Properties in_url = net::read_query(pieces.query);
  Properties options = in_url;
  options.insert(config.options.begin(), config.options.end());
  read_user(pieces, options, location, mistakes);
  read_options(options, in_url, location, mistakes);
  return mistakes;
}

Result<Location> locate(const BrokerConfig& config) {
  Location location;
  const auto mistakes = read_location(config, location);
  if (mistakes.empty()) return location;
  return Error{ErrorKind::invalid, "unable to use broker: " + location.shown,
               mistakes.front().text};
}

}  // namespace narwhal::kafka
