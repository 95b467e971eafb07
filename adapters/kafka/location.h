// Location: which Kafka servers hold the topics, and how Narwhal uses them; read from the broker's
// URL and options. Nothing is opened or looked up here.
//
//   kafka://host[:9092][,host…]/[?group=…]
//
// Options come from the configuration's `options` or from the URL's query; the query wins. Those
// that are not Narwhal's own are librdkafka's properties.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "narwhal/broker.h"
#include "narwhal/result.h"

namespace narwhal::kafka {

// What of a topic's order is kept while its jobs run.
enum class Order : std::uint8_t {
  none,       // nothing: as many jobs as there are workers
  key,        // one job of a key at a time
  partition,  // one job of a partition at a time
};

using Properties = std::map<std::string, std::string>;

struct Location {
  std::string shown;    // the URL without secrets, for messages
  std::string servers;  // "host:port,host:port"
  std::string group = "narwhal";
  std::string client_id = "narwhal";
  std::string prefix;  // of every topic: a queue's topic is this and the queue's name
  Order order = Order::none;
  int partitions = -1;    // of topics that Narwhal creates; -1: as the server is set
  int replication = -1;   // the same
  Properties properties;  // librdkafka's, each known to it

  [[nodiscard]] std::string topic(std::string_view queue) const {
    return std::string{prefix}.append(queue);
  }
};

// Every mistake of URL and options, in words for the operator; `location` is good when none.
std::vector<BrokerMistake> read_location(const BrokerConfig& config, Location& location);

Result<Location> locate(const BrokerConfig& config);

}  // namespace narwhal::kafka
