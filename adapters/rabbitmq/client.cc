#include "client.h"

#include <poll.h>

#include <algorithm>

#include "narwhal/posix_error.h"

namespace narwhal::rabbitmq {
namespace {

constexpr Duration kPatience = std::chrono::seconds{10};

}  // namespace

Client::Client(Location location, std::shared_ptr<net::TlsContext> tls)
    : location_(std::move(location)),
      // No heartbeats: nobody would send them between two calls.
      connection_(location_, std::move(tls), {.client_name = "narwhal client", .heartbeat = 0}) {}

Result<void> Client::connect(const std::function<void()>& lost,
                             const std::function<bool()>& ready) {
  if (connection_.has_socket()) {
    // What came since the last use: most likely nothing, or the end.
    if (turn(clock_.now()).ok() && connection_.is_open()) return {};
    connection_.close();
  }
  lost();
  if (auto opened = open(); !opened.ok()) return opened;
  return until(ready);
}

// The first of the hosts that takes the connection.
Result<void> Client::open() {
  Result<void> opened;
  for (const HostPort& host : location_.hosts) {
    opened = open(host);
    if (opened.ok() || opened.error().kind == ErrorKind::refused) break;
  }
  return opened;
}

// At the first of its addresses that takes the connection.
Result<void> Client::open(const HostPort& host) {
  auto addresses = net::resolve(host);
  if (!addresses.ok()) return addresses.error();
  Result<void> opened;
  for (const net::Address& address : *addresses) {
    opened = connection_.open(address, clock_.now());
    if (opened.ok()) opened = until([this] { return connection_.is_open(); });
    if (opened.ok() || opened.error().kind == ErrorKind::refused) break;
  }
  return opened;
}

Result<void> Client::until(const std::function<bool()>& done) {
  // Every byte that moves shows that the server is alive.
  TimePoint deadline = clock_.now() + kPatience;
  TimePoint heard = connection_.last_received();
  Result<void> moved;
  while (moved.ok() && !done()) {
    if (!connection_.has_socket()) {
      return Error{ErrorKind::unavailable, "unable to reach the server", "not connected"};
    }
    moved = turn(deadline);
    if (connection_.last_received() != std::exchange(heard, connection_.last_received())) {
      deadline = clock_.now() + kPatience;
    } else if (moved.ok() && clock_.now() >= deadline && !done()) {
      moved = no_answer();
    }
  }
  if (!moved.ok()) connection_.close();
  return moved;
}

Error Client::no_answer() const {
  const std::string context = "unable to reach " + location_.hosts.front().text();
  if (connection_.blocked()) {
    return Error{ErrorKind::unavailable, context,
                 "the server takes no messages: " + *connection_.blocked()};
  }
  return Error{ErrorKind::unavailable, context, "the server does not answer"};
}

Result<void> Client::turn(TimePoint deadline) {
  if (auto written = connection_.write(clock_.now()); !written.ok()) return written;
  pollfd one{connection_.fd(), POLLIN, 0};
  if (connection_.wants_write()) one.events |= POLLOUT;
  const TimePoint until = std::min({deadline, connection_.wake_at(), wake_at_});
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.now()).count();
  const int ready = ::poll(&one, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000)));
  if (ready < 0 && errno != EINTR) return posix_error("unable to wait for the server");
  const bool readable = ready > 0 && (one.revents & ~POLLOUT) != 0;
  const bool writable = ready > 0 && (one.revents & (POLLOUT | POLLERR | POLLHUP)) != 0;
  return connection_.step(readable, writable, clock_.now());
}

}  // namespace narwhal::rabbitmq
