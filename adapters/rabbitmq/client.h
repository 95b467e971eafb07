// Client: a blocking connection for the producer and the one-shot commands: the same Connection as
// the master's, driven until something is true. Connects again when the last use broke it. Uses
// poll(), since the program around it may have more descriptors than select() takes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "connection.h"

namespace narwhal::rabbitmq {

class Client {
 public:
  Client(Location location, std::shared_ptr<net::TlsContext> tls);

  [[nodiscard]] const Location& location() const { return location_; }
  [[nodiscard]] Connection& connection() { return connection_; }
  [[nodiscard]] TimePoint now() const { return clock_.now(); }

  // Connects, unless it is connected, until `ready`. `lost`: the connection before this one broke.
  Result<void> connect(const std::function<void()>& lost, const std::function<bool()>& ready);
  // Sends and receives until `done`. Whatever fails closes the connection.
  Result<void> until(const std::function<bool()>& done);
  // until() looks again by then, even when nothing arrives.
  void wake_at(TimePoint at) { wake_at_ = at; }
  void leave() { connection_.leave(clock_.now()); }

 private:
  Result<void> open();
  Result<void> open(const HostPort& host);
  Result<void> turn(TimePoint deadline);
  [[nodiscard]] Error no_answer() const;

  const Location location_;
  const SystemClock clock_;
  Connection connection_;
  TimePoint wake_at_ = kNever;
};

}  // namespace narwhal::rabbitmq
