// Dialer: from a Location to a Connection that has been greeted (AUTH, SELECT, name): asks the
// sentinels where the master is, or the nodes of a cluster who has the slot; tries one address
// after the other. Lives as long as its owner; each start() is one try, and what a failed one
// taught is kept for the next.
#pragma once

#include <memory>
#include <optional>

#include "adapters/net/resolver.h"
#include "adapters/net/stream.h"
#include "connection.h"
#include "location.h"

namespace narwhal::redis {

class Dialer {
 public:
  Dialer(Location location, std::shared_ptr<net::TlsContext> tls, Connection::Limits limits,
         std::string client_name);

  // Begins a try. Names are looked up aside, the first time and after every address of the last
  // look-up has failed.
  Result<void> start(TimePoint now);
  // Another connection to the server that the last try reached.
  Result<std::unique_ptr<Connection>> again(TimePoint now);
  void stop();

  void watch(PollSet& set) const;
  [[nodiscard]] TimePoint wake_at() const;
  Result<void> step(const PollSet& ready, TimePoint now);
  // The greeted connection, once.
  std::unique_ptr<Connection> take();

  // How many tries it takes to come by every host known.
  [[nodiscard]] std::size_t hosts() const { return hosts_.size(); }

  // The server turned out not to be the right one: look for it afresh.
  void mistrust();

 private:
  // The name being looked up: a host of hosts_, or a server that a sentinel or a node has named.
  enum class Lookup : std::uint8_t { none, host, server };

  Result<void> look_up(Lookup purpose, const HostPort& place, TimePoint now);
  Result<void> looked_up(TimePoint now);
  // Goes to addresses_[address_], of a server or a sentinel.
  Result<void> call(TimePoint now);
  Result<void> dial(const net::Address& address, TimePoint now);
  void look_for_slot();
  Result<void> nodes_told(const redisReply& reply);
  Result<void> slot_told(const redisReply& reply);
  Result<void> follow(TimePoint now);
  Result<void> ask_sentinel(TimePoint now);
  Result<void> answered(const redisReply& reply);
  Result<std::unique_ptr<Connection>> connect(const net::Address& address, TimePoint now) const;
  void greet(Connection& connection, const std::function<void()>& done) const;
  Result<void> failed(const Error& error);
  [[nodiscard]] Error in_context(const Error& error) const;

  const Location location_;
  const std::shared_ptr<net::TlsContext> tls_;
  const Connection::Limits limits_;
  const std::string client_name_;

  const bool one_slot_;  // the keys share a hash tag, so a cluster can serve them

  std::vector<HostPort> hosts_;          // of the URL, then those that a cluster named
  std::vector<net::Address> addresses_;  // of hosts_[host_]
  std::size_t host_ = 0;
  std::size_t address_ = 0;  // the one in use or to try next

  net::Resolver resolver_;
  Lookup lookup_ = Lookup::none;

  std::unique_ptr<Connection> sentinel_;
  std::optional<HostPort> master_;  // as a sentinel said

  HostPort asked_;                    // the node of connection_
  std::optional<HostPort> moved_to_;  // as that node said
  int hops_ = 0;

  std::unique_ptr<Connection> connection_;
  net::Address reached_;
  bool greeted_ = false;
};

}  // namespace narwhal::redis
