#include "sqlite_type.h"

#include <sqlite3.h>

#include <set>

#include "job_writer.h"
#include "location.h"
#include "sqlite_broker.h"
#include "sqlite_dead_letters.h"
#include "sqlite_producer.h"

namespace narwhal {
namespace {

using Mistakes = std::vector<BrokerMistake>;

void check_queue(const std::string& name, std::set<std::string>& seen, Mistakes& mistakes) {
  if (name.empty() || name.size() > sqlite::kLongestQueueName) {
    mistakes.push_back({"queue \"" + name.substr(0, 40) + "\": a name has 1 to " +
                            std::to_string(sqlite::kLongestQueueName) + " bytes",
                        "queues"});
  }
  if (name.find('*') != std::string::npos) {
    mistakes.push_back(
        {"queue \"" + name + "\": sqlite has no wildcards; name each queue", "queues"});
  }
  if (!seen.insert(name).second) {
    mistakes.push_back({"queue \"" + name + "\": named twice", "queues"});
  }
}

Mistakes validate(const BrokerConfig& config) {
  Mistakes mistakes;
  if (auto path = sqlite::path_in_url(config.url); !path.ok()) {
    mistakes.push_back({path.error().text()});
  }
  std::set<std::string> seen;
  for (const auto& queue : config.queues) check_queue(queue.name, seen, mistakes);
  if (config.queues.empty()) mistakes.push_back({"no queue is named", "queues"});
  for (const auto& [name, value] : config.options) {
    mistakes.push_back({"sqlite has no options", "options." + name});
  }
  return mistakes;
}

// sqlite3 counts what it allocates under a lock, at every call that does: nobody here reads it. Too
// late once sqlite3 is in use, which does no harm.
void stop_counting_memory() { (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

Result<std::unique_ptr<Broker>> open(const BrokerConfig& config, const BrokerContext& context) {
  stop_counting_memory();
  auto location = sqlite::locate(config.url);
  if (!location.ok()) return location.error();
  return std::unique_ptr<Broker>(
      std::make_unique<sqlite::SqliteBroker>(std::move(*location), config, context));
}

Result<std::unique_ptr<Producer>> open_producer_of(const BrokerConfig& config) {
  auto location = sqlite::locate(config.url);
  if (!location.ok()) return location.error();
  return sqlite::SqliteProducer::open(*location, config.max_payload);
}

Result<std::unique_ptr<DeadLetters>> open_dead_letters(const BrokerConfig& config) {
  auto location = sqlite::locate(config.url);
  if (!location.ok()) return location.error();
  return sqlite::SqliteDeadLetters::open(*location);
}

BrokerType make_type() {
  BrokerType type;
  type.name = "sqlite";
  type.schemes = {"sqlite"};
  type.capabilities = {.priority = true, .weights = true, .max_payload = sqlite::kLargestPayload};
  type.validate = validate;
  type.open = open;
  type.open_producer = open_producer_of;
  type.open_dead_letters = open_dead_letters;
  return type;
}

}  // namespace

const BrokerType& sqlite_broker_type() {
  static const BrokerType type = make_type();
  return type;
}

}  // namespace narwhal
