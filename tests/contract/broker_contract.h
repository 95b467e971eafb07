// BrokerContract: the base of the contract tests. Gives them a small language over one
// BrokerFixture.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "broker_fixture.h"
#include "pump.h"

namespace narwhal::test {

class BrokerContract : public testing::TestWithParam<MakeFixture> {
 protected:
  static constexpr std::size_t kMaxPayload = std::size_t{16} * 1024 * 1024;

  BrokerContract() : fixture(GetParam()()) {}

  [[nodiscard]] BrokerConfig config() const;
  // A master of that name. Two of one name are two masters all the same.
  std::unique_ptr<Pump> open(const std::string& name = "one");
  std::unique_ptr<Broker> open_broker(const std::string& name);
  std::unique_ptr<Producer> producer();
  std::unique_ptr<DeadLetters> dead_letters();

  // Returns the job's id.
  std::string enqueue(NewJob job);
  std::string enqueue(const std::string& payload);
  void enqueue_numbered(std::size_t count);

  // Jobs in the order in which the broker gave them. Where each job in hand has a connection of its
  // own, answers that are under way together overtake each other: there, one after the other.
  [[nodiscard]] std::vector<Delivery> take_in_order(Pump& pump, std::size_t count) const;

  // A master in a process of its own takes `count` jobs and is killed with SIGKILL.
  void take_and_die(std::size_t count);

  const std::unique_ptr<BrokerFixture> fixture;
  std::vector<QueueConfig> queues = {{"default", 0}};
  Duration lease = std::chrono::seconds{30};
  SystemClock clock;

 private:
  std::unique_ptr<Producer> producer_;
};

}  // namespace narwhal::test
