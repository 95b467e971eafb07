// SqliteTest: the base of the tests of what only SQLite does. A directory with a queue file,
// masters on real time (Pump) or on a clock that the test moves (HandDriven).
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "adapters/sqlite/sqlite_type.h"
#include "raw_database.h"
#include "tests/contract/pump.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace narwhal::test {

// A master whose time stands still between the test's calls.
class HandDriven {
 public:
  HandDriven(std::unique_ptr<Broker> broker, const Clock& clock)
      : broker_(std::move(broker)), clock_(clock) {}

  [[nodiscard]] Broker& broker() { return *broker_; }
  void kill() { broker_.reset(); }
  // One turn, without waiting.
  Result<void> turn(int want);
  // As turn(), and must succeed.
  void must_turn(int want);

  BrokerEvents events;  // of all turns so far

 private:
  std::unique_ptr<Broker> broker_;
  const Clock& clock_;
};

class SqliteTest : public testing::Test {
 protected:
  [[nodiscard]] BrokerConfig config() const;
  std::unique_ptr<Broker> open_broker(const Clock& on, const std::string& name = "one");
  std::unique_ptr<Pump> open(const std::string& name = "one");
  // Connected and registered.
  std::unique_ptr<HandDriven> open_by_hand(const std::string& name = "one");
  std::unique_ptr<Producer> producer();
  std::string enqueue(const std::string& payload);
  RawDatabase raw() { return RawDatabase(path); }

  const TempDir directory;
  std::string path = directory.file("queue.db");
  Duration lease = std::chrono::seconds{30};
  std::size_t max_payload = std::size_t{1} << 20;
  SystemClock real_clock;
  FakeClock clock;
};

}  // namespace narwhal::test
