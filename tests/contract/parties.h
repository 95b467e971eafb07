// Parties: those who use one broker under test, by its URL: masters, a producer, an operator.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/contract/pump.h"

namespace narwhal::test {

class Parties {
 public:
  explicit Parties(const BrokerType& type) : type_(type) {}

  [[nodiscard]] BrokerConfig config() const;
  std::unique_ptr<Broker> open_broker();
  // A master, not connected yet; and one that serves.
  std::unique_ptr<Pump> master();
  std::unique_ptr<Pump> open();
  std::unique_ptr<DeadLetters> dead_letters();
  // Each returns the job's id, and throws when the broker refuses.
  std::string enqueue(const NewJob& job);
  std::string enqueue(const std::string& payload, const std::string& queue = "default");

  std::string url;
  std::map<std::string, std::string> options;
  std::vector<QueueConfig> queues = {{"default", 0}};
  std::string name = "one";
  int capacity = 10;
  Duration lease = std::chrono::seconds{30};
  SystemClock clock;

 private:
  const BrokerType& type_;
};

Verdict release_verdict();

// How many of the texts have `part` in them.
std::size_t mentions(const std::vector<std::string>& texts, const std::string& part);

}  // namespace narwhal::test
