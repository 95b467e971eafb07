// BrokerHost: what the daemon's tests need to know of one broker. A new broker implements it in
// <name>_host.cc, names it in <name>_suite.cc, and gets a line in CMakeLists.txt.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "narwhal/broker.h"
#include "support/daemon/daemon_config.h"
#include "support/daemon/job_store.h"
#include "tests/support/server_process.h"

namespace narwhal::test {

class BrokerHost {
 public:
  BrokerHost() = default;
  BrokerHost(const BrokerHost&) = delete;
  BrokerHost& operator=(const BrokerHost&) = delete;
  virtual ~BrokerHost() = default;

  [[nodiscard]] virtual const BrokerType& type() const = 0;
  // Of a store of its own, empty at first.
  [[nodiscard]] virtual std::string url() const = 0;
  virtual JobStore& jobs() = 0;
  // A restart keeps what was stored. nullptr: the broker is a library.
  virtual ServerProcess* server() = 0;
  // Where the server listens, and its URL when it is reached by another socket.
  [[nodiscard]] virtual std::string socket() const = 0;
  [[nodiscard]] virtual std::string url_at(const std::string& socket) const = 0;

  // Puts a message there as a program would that knows nothing of Narwhal.
  virtual void put_foreign(const std::string& queue, const std::string& payload) = 0;
  // Makes leases end soon, of jobs from `narwhal enqueue` with this configuration, too.
  virtual void shorten_lease(DaemonConfig& config) const { config.text("lease.duration", "3s"); }
  // Makes ready for several masters to work on the queue "default" at the same time.
  virtual void share_queue() {}
  // Makes a master that is started again known as the one that was there before, where a broker
  // has to be told.
  virtual void name_master(DaemonConfig&) const {}
  // Bytes per millisecond at which a client still gets something done.
  [[nodiscard]] virtual std::size_t slow_rate() const { return 10; }
  // Whether its client library has threads of its own, with timers that nobody can stop.
  [[nodiscard]] virtual bool client_has_threads() const { return false; }
  // Whether what was reserved in one session can be settled in the next.
  [[nodiscard]] virtual bool reservations_outlive_sessions() const = 0;
  // Whether what was acknowledged is gone for good even when the server is killed just then.
  [[nodiscard]] virtual bool remembers_acks() const { return true; }
  // What is wrong with the store itself; empty: nothing.
  virtual std::string damage() { return ""; }
};

// A broker as the parameter of a test.
struct HostKind {
  std::string name;
  std::function<std::unique_ptr<BrokerHost>()> make;
};
inline void PrintTo(const HostKind& kind, std::ostream* out) { *out << kind.name; }

template <typename Host>
HostKind host_kind(std::string name) {
  return {std::move(name), [] { return std::make_unique<Host>(); }};
}

// The one that this binary is about; each has a file <name>_suite.cc that says so.
HostKind host_under_test();

}  // namespace narwhal::test

// Runs the tests of a fixture on the broker of this binary.
#define NARWHAL_ON_BROKER(fixture)                                              \
  INSTANTIATE_TEST_SUITE_P(Broker, fixture, testing::Values(host_under_test()), \
                           [](const auto& parameter) { return parameter.param.name; })
