// The service manager's notification protocol (sd_notify(3)): one datagram to $NOTIFY_SOCKET.
// Silent where there is none.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "narwhal/clock.h"

namespace narwhal {

class SdNotify {
 public:
  // Reads and removes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, so that no child inherits
  // them.
  static SdNotify from_environment();

  [[nodiscard]] bool active() const { return !socket_.empty(); }
  // How often the manager wants to hear WATCHDOG=1 at the latest; nothing when it does not.
  [[nodiscard]] std::optional<Duration> watchdog() const { return watchdog_; }

  // Assignments separated by newlines, e.g. "READY=1\nSTATUS=4 workers". Never blocks.
  void send(std::string_view assignments) const;

 private:
  std::string socket_;
  std::optional<Duration> watchdog_;
};

}  // namespace narwhal
