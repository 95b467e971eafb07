// BrokerFixture: what the contract suite needs to know of one broker. A new adapter implements it
// in <name>_fixture.cc, instantiates the suite there, and runs the suite unchanged.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "narwhal/broker.h"

namespace narwhal::test {

class BrokerFixture {
 public:
  virtual ~BrokerFixture() = default;

  [[nodiscard]] virtual const BrokerType& type() const = 0;
  // Of a store that this test shares with no other, empty at first.
  [[nodiscard]] virtual std::string url() const = 0;
  // What the suite should leave in [broker] options.
  [[nodiscard]] virtual std::map<std::string, std::string> options() const { return {}; }

  // Puts a message there as a program would that knows nothing of Narwhal.
  virtual void put_foreign(const std::string& queue, const std::string& payload) = 0;
  // Leaves an entry that cannot be delivered at the head of the queue.
  virtual void put_malformed(const std::string& queue) = 0;

  // Makes the broker unreachable, and brings it back with all it had stored.
  virtual void take_server_away() = 0;
  virtual void bring_server_back() = 0;

  // Whether what was reserved in one session can be settled in the next.
  [[nodiscard]] virtual bool reservations_outlive_sessions() const = 0;
  // Whether a master's death is known at once, not only when its lease has run out.
  [[nodiscard]] virtual bool proves_death() const = 0;
  // Short, so that waiting for one to run out is quick, yet long enough for a loaded machine.
  [[nodiscard]] virtual Duration short_lease() const { return std::chrono::milliseconds{900}; }
};

struct MakeFixture : std::function<std::unique_ptr<BrokerFixture>()> {
  using function::function;
};
// The name of a test, which would else be the bytes of its parameter.
inline void PrintTo(const MakeFixture&, std::ostream* out) { *out << "fixture"; }

}  // namespace narwhal::test
