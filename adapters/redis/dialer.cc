#include "dialer.h"

#include <algorithm>
#include <charconv>

#include "cluster.h"
#include "keys.h"

namespace narwhal::redis {
namespace {

// From node to node of a cluster. Two are enough while nothing moves.
constexpr int kMostHops = 5;

void authenticate(Connection& connection, const std::string& user, const std::string& password) {
  if (password.empty()) return;
  const auto check = [](ReplyPtr reply) -> Result<void> {
    if (!is_error(*reply)) return {};
    return reply_error("unable to log in", text(*reply));
  };
  // "default" by name is not understood before Redis 6, and the same without.
  const bool named = !user.empty() && user != "default";
  Command command = connection.request(named ? 3 : 2, check);
  command.arg("AUTH");
  if (named) command.arg(user);
  command.arg(password);
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

Dialer::Dialer(Location location, std::shared_ptr<net::TlsContext> tls, Connection::Limits limits,
               std::string client_name)
    : location_(std::move(location)),
      tls_(std::move(tls)),
      limits_(limits),
      client_name_(std::move(client_name)),
      one_slot_(!hash_tag(location_.prefix).empty() && !location_.sentinel()),
      hosts_(location_.hosts) {}

Result<void> Dialer::start(TimePoint now) {
  stop();
  Result<void> done;
  if (address_ < addresses_.size()) {
    done = call(now);
  } else if (!location_.socket_path.empty()) {
    address_ = 0;
    addresses_ = {net::unix_address(location_.socket_path)};
    done = call(now);
  } else {
    done = look_up(Lookup::host, hosts_[host_], now);
  }
  return done.ok() ? done : failed(done.error());
}

void Dialer::stop() {
  lookup_ = Lookup::none;
  sentinel_.reset();
  connection_.reset();
  master_.reset();
  moved_to_.reset();
  hops_ = 0;
  greeted_ = false;
}

void Dialer::mistrust() { (void)failed(Error{}); }

Result<void> Dialer::call(TimePoint now) {
  asked_ = hosts_.empty() ? HostPort{} : hosts_[host_];
  return location_.sentinel() ? ask_sentinel(now) : dial(addresses_[address_], now);
}

// --- names

Result<void> Dialer::look_up(Lookup purpose, const HostPort& place, TimePoint now) {
  lookup_ = purpose;
  if (auto started = resolver_.start(place); !started.ok()) return started;
  return looked_up(now);
}

// Does nothing while the answer is on its way. A host that is not known is a server that is away,
// as any other.
Result<void> Dialer::looked_up(TimePoint now) {
  auto found = resolver_.addresses();
  if (!found.ok()) {
    return Error{ErrorKind::unavailable, found.error().context, found.error().reason};
  }
  if (found->empty()) return {};
  if (std::exchange(lookup_, Lookup::none) != Lookup::host) return dial(found->front(), now);
  address_ = 0;
  addresses_ = std::move(*found);
  return call(now);
}

Result<void> Dialer::failed(const Error& error) {
  Error told = in_context(error);
  stop();
  if (++address_ >= addresses_.size()) {
    address_ = addresses_.size();
    // With one host this looks its name up again: it may have moved.
    host_ = hosts_.empty() ? 0 : (host_ + 1) % hosts_.size();
    addresses_.clear();
  }
  return told;
}

// The log and the commands name the broker; of several hosts it is said which one it was.
Error Dialer::in_context(const Error& error) const {
  if (hosts_.size() < 2 && hops_ == 0) return error;
  return Error{error.kind, hops_ > 0 ? asked_.text() : hosts_[host_].text(), error.text()};
}

Result<std::unique_ptr<Connection>> Dialer::connect(const net::Address& address,
                                                    TimePoint now) const {
  auto stream = net::Stream::open(address, tls_);
  if (!stream.ok()) return stream.error();
  return std::make_unique<Connection>(std::move(*stream), limits_, now);
}

Result<void> Dialer::dial(const net::Address& address, TimePoint now) {
  reached_ = address;
  auto made = connect(reached_, now);
  if (!made.ok()) return made.error();
  connection_ = std::move(*made);
  greet(*connection_, [this] { greeted_ = !one_slot_; });
  if (one_slot_) look_for_slot();
  return {};
}

Result<std::unique_ptr<Connection>> Dialer::again(TimePoint now) {
  auto made = connect(reached_, now);
  if (!made.ok()) return in_context(made.error());
  greet(**made, [] {});
  return made;
}

void Dialer::greet(Connection& connection, const std::function<void()>& done) const {
  authenticate(connection, location_.user, location_.password);
  if (location_.db != 0) {
    connection
        .request(2,
                 [](ReplyPtr reply) -> Result<void> {
                   if (!is_error(*reply)) return {};
                   const bool cluster = text(*reply).find("cluster") != std::string_view::npos;
                   return reply_error(
                       "unable to select the database",
                       std::string(text(*reply)) + (cluster ? "; a Redis Cluster has 0 only" : ""));
                 })
        .arg("SELECT")
        .arg(location_.db);
  }
  // Only for those who look at CLIENT LIST; where it is forbidden nothing is missing.
  connection
      .request(3,
               [done](ReplyPtr reply) -> Result<void> {
                 done();
                 if (is_error(*reply) && ends_session(text(*reply))) {
                   return reply_error("unable to begin", text(*reply));
                 }
                 return {};
               })
      .arg("CLIENT")
      .arg("SETNAME")
      .arg(client_name_);
}

// --- sentinels

Result<void> Dialer::ask_sentinel(TimePoint now) {
  auto made = connect(addresses_[address_], now);
  if (!made.ok()) return made.error();
  sentinel_ = std::move(*made);
  authenticate(*sentinel_, location_.sentinel_user, location_.sentinel_password);
  sentinel_->request(3, [this](ReplyPtr reply) { return answered(*reply); })
      .arg("SENTINEL")
      .arg("get-master-addr-by-name")
      .arg(location_.master_name);
  return {};
}

Result<void> Dialer::answered(const redisReply& reply) {
  if (is_error(reply)) return reply_error("unable to ask the sentinel", text(reply));
  const auto parts = elements(reply);
  const auto port = parts.size() == 2 ? port_number(text(*parts[1])) : std::nullopt;
  if (!port) {
    return Error{ErrorKind::unavailable, "unable to ask the sentinel",
                 "it knows no master of the name " + location_.master_name};
  }
  master_ = HostPort{std::string(text(*parts[0])), *port};
  return {};
}

// --- clusters

// A server that stands alone has every slot, and no nodes to tell of.
void Dialer::look_for_slot() {
  connection_->request(2, [this](ReplyPtr reply) { return nodes_told(*reply); })
      .arg("CLUSTER")
      .arg("SLOTS");
  connection_->request(2, [this](ReplyPtr reply) { return slot_told(*reply); })
      .arg("EXISTS")
      .arg(Keys(location_.prefix).slot_probe());
}

// Keeps the other nodes, for when those of the URL are away.
Result<void> Dialer::nodes_told(const redisReply& reply) {
  const bool alone =
      is_error(reply) && text(reply).find("cluster support disabled") != std::string_view::npos;
  if (alone && location_.cluster) {
    return Error{ErrorKind::invalid, "unable to use this server",
                 "it is no node of a Redis Cluster; write redis:// in the URL"};
  }
  auto nodes = nodes_in(reply, asked_);
  if (nodes.empty() || hosts_.empty()) return {};
  const HostPort current = hosts_[host_];
  nodes.push_back(current);
  hosts_ = location_.hosts;
  for (auto& node : nodes) {
    if (std::find(hosts_.begin(), hosts_.end(), node) == hosts_.end()) hosts_.push_back(node);
  }
  const auto at = std::find(hosts_.begin(), hosts_.end(), current);
  host_ = static_cast<std::size_t>(at - hosts_.begin());
  return {};
}

// While the slot is on its way elsewhere (ASK), this node is still the one to go to.
Result<void> Dialer::slot_told(const redisReply& reply) {
  if (is_error(reply)) {
    moved_to_ = moved_to(text(reply), asked_);
    if (moved_to_) return {};
    if (!text(reply).starts_with("ASK ") && ends_session(text(reply))) {
      return reply_error("unable to find the keys' slot", text(reply));
    }
  }
  greeted_ = true;
  return {};
}

Result<void> Dialer::follow(TimePoint now) {
  connection_.reset();
  if (++hops_ > kMostHops) {
    return Error{ErrorKind::unavailable, "unable to find the keys' slot",
                 "one node names another, " + std::to_string(kMostHops) + " times"};
  }
  asked_ = *std::exchange(moved_to_, std::nullopt);
  return look_up(Lookup::server, asked_, now);
}

// --- the loop's view

void Dialer::watch(PollSet& set) const {
  if (lookup_ != Lookup::none) resolver_.watch(set);
  if (sentinel_ != nullptr) sentinel_->watch(set);
  if (connection_ != nullptr) connection_->watch(set);
}

TimePoint Dialer::wake_at() const {
  if (sentinel_ != nullptr) return sentinel_->wake_at();
  if (connection_ != nullptr) return connection_->wake_at();
  return kNever;
}

Result<void> Dialer::step(const PollSet& ready, TimePoint now) {
  if (lookup_ != Lookup::none) {
    auto done = looked_up(now);
    return done.ok() ? done : failed(done.error());
  }
  if (sentinel_ != nullptr) {
    if (auto done = sentinel_->step(ready, now); !done.ok()) return failed(done.error());
    if (!master_) return {};
    sentinel_.reset();
    auto done = look_up(Lookup::server, *master_, now);
    return done.ok() ? done : failed(done.error());
  }
  if (connection_ == nullptr) return {};
  auto done = connection_->step(ready, now);
  if (done.ok() && moved_to_) done = follow(now);
  return done.ok() ? done : failed(done.error());
}

std::unique_ptr<Connection> Dialer::take() {
  if (!greeted_) return nullptr;
  greeted_ = false;
  return std::move(connection_);
}

}  // namespace narwhal::redis
