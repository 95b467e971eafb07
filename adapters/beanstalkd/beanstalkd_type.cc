#include "beanstalkd_type.h"

#include <charconv>
#include <set>

#include "address.h"
#include "beanstalkd_broker.h"
#include "beanstalkd_dead_letters.h"
#include "beanstalkd_producer.h"
#include "terms.h"

namespace narwhal {
namespace {

constexpr std::uint32_t kDefaultTtr = 30;
constexpr std::uint32_t kLongestTtr = 24 * 60 * 60;

std::string shown(const std::string& name) {
  std::string text;
  for (const char c : name.substr(0, 40)) text += (c >= ' ' && c <= '~') ? c : '?';
  return "\"" + text + (name.size() > 40 ? "…\"" : "\"");
}

using Mistakes = std::vector<BrokerMistake>;

void check_queue(const std::string& name, std::set<std::string>& seen, Mistakes& mistakes) {
  if (!beanstalkd::is_tube_name(name)) {
    mistakes.push_back({"queue " + shown(name) + ": a tube's name has 1 to " +
                            std::to_string(beanstalkd::kLongestTube) + " " +
                            std::string(beanstalkd::kTubeCharacters) + ", the first no -",
                        "queues"});
  } else if (std::string_view{name}.ends_with(beanstalkd::kDeadSuffix)) {
    mistakes.push_back(
        {"queue " + shown(name) + ": dead letters are kept there, not jobs", "queues"});
  }
  if (!seen.insert(name).second) {
    mistakes.push_back({"queue " + shown(name) + ": named twice", "queues"});
  }
}

// 0: not a time to run.
std::uint32_t read_ttr(const std::string& text) {
  std::uint32_t ttr = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, ttr);
  return code == std::errc{} && stop == end && ttr <= kLongestTtr ? ttr : 0;
}

std::uint32_t ttr_of(const BrokerConfig& config, Duration lease) {
  const auto found = config.options.find("ttr");
  if (found != config.options.end()) return read_ttr(found->second);
  return std::clamp(beanstalkd::to_seconds(lease), 1U, kLongestTtr);
}

Mistakes validate(const BrokerConfig& config) {
  Mistakes mistakes;
  if (auto place = beanstalkd::read_url(config.url); !place.ok()) {
    mistakes.push_back({place.error().text()});
  }
  std::set<std::string> seen;
  for (const auto& queue : config.queues) check_queue(queue.name, seen, mistakes);
  if (config.queues.empty()) mistakes.push_back({"no queue is named", "queues"});
  if (config.queues.size() > beanstalkd::kMostTubes) {
    mistakes.push_back({"one broker serves at most " + std::to_string(beanstalkd::kMostTubes) +
                            " queues of beanstalkd",
                        "queues"});
  }
  for (const auto& [name, value] : config.options) {
    if (name != "ttr") {
      mistakes.push_back({"beanstalkd has one option, ttr", "options." + name});
    } else if (read_ttr(value) == 0) {
      mistakes.push_back(
          {shown(value) + " is not a number of seconds from 1 to " + std::to_string(kLongestTtr),
           "options." + name});
    }
  }
  return mistakes;
}

Result<std::unique_ptr<Broker>> open(const BrokerConfig& config, const BrokerContext& context) {
  auto place = beanstalkd::read_url(config.url);
  if (!place.ok()) return place.error();
  if (context.capacity > beanstalkd::most_workers()) {
    return Error{ErrorKind::invalid,
                 "unable to serve " + std::to_string(context.capacity) + " workers",
                 "beanstalkd needs a connection for each, and select() has room for " +
                     std::to_string(beanstalkd::most_workers()) + " of both"};
  }
  return std::unique_ptr<Broker>(std::make_unique<beanstalkd::BeanstalkdBroker>(
      std::move(*place), config, context, ttr_of(config, context.lease)));
}

Result<std::unique_ptr<Producer>> open_producer_of(const BrokerConfig& config) {
  auto place = beanstalkd::read_url(config.url);
  if (!place.ok()) return place.error();
  const std::uint32_t ttr = ttr_of(config, std::chrono::seconds{kDefaultTtr});
  return beanstalkd::BeanstalkdProducer::open(std::move(*place), config.max_payload, ttr);
}

Result<std::unique_ptr<DeadLetters>> open_dead_letters(const BrokerConfig& config) {
  auto place = beanstalkd::read_url(config.url);
  if (!place.ok()) return place.error();
  return beanstalkd::BeanstalkdDeadLetters::open(std::move(*place));
}

BrokerType make_type() {
  BrokerType type;
  type.name = "beanstalkd";
  type.schemes = {beanstalkd::kTcpScheme, beanstalkd::kUnixScheme};
  // The server's own limit is set on its command line; it is asked for when a job is enqueued.
  type.capabilities = {
      .priority = true, .weights = true, .max_payload = 0, .connections_per_worker = 1};
  type.validate = validate;
  type.open = open;
  type.open_producer = open_producer_of;
  type.open_dead_letters = open_dead_letters;
  return type;
}

}  // namespace

const BrokerType& beanstalkd_broker_type() {
  static const BrokerType type = make_type();
  return type;
}

}  // namespace narwhal
