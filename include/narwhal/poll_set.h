// PollSet: the descriptors one turn of the loop waits on, over select(2). The loop fills it
// afresh (adapters through Broker::watch), waits, and asks which descriptors are ready.
//
// select() has a hard cap: FD_SET on a descriptor at or over FD_SETSIZE is undefined behaviour.
// Such a descriptor is never put in; `check_selectable` is how its owner learns that early.
#pragma once

#include <sys/select.h>

#include <algorithm>
#include <string>

#include "narwhal/clock.h"
#include "narwhal/posix_error.h"
#include "narwhal/result.h"

namespace narwhal {

inline bool selectable(int fd) { return fd >= 0 && fd < FD_SETSIZE; }

// Call when a descriptor is opened, before it is ever watched.
inline Result<void> check_selectable(int fd, const std::string& what) {
  if (selectable(fd)) return {};
  return Error{ErrorKind::invalid, "unable to watch " + what,
               "descriptor " + std::to_string(fd) + " is not below select()'s limit of " +
                   std::to_string(FD_SETSIZE) + "; use fewer workers or brokers"};
}

class PollSet {
 public:
  PollSet() { clear(); }

  void clear() {
    FD_ZERO(&read_);
    FD_ZERO(&write_);
    top_ = -1;
  }
  void watch_read(int fd) { add(fd, read_); }
  void watch_write(int fd) { add(fd, write_); }

  // After wait(): is it ready? Before wait(): is it watched?
  [[nodiscard]] bool readable(int fd) const { return selectable(fd) && FD_ISSET(fd, &read_); }
  [[nodiscard]] bool writable(int fd) const { return selectable(fd) && FD_ISSET(fd, &write_); }

  // Waits until a watched descriptor is ready or `timeout` has passed (negative: no limit) and
  // leaves only the ready descriptors set. Returns how many are ready; 0 on timeout or EINTR.
  Result<int> wait(Duration timeout) {
    timeval limit{};
    if (timeout.count() >= 0) {
      // Rounded up: waking a moment early would mean one more turn for nothing.
      const auto micros =
          std::chrono::ceil<std::chrono::microseconds>(std::min<Duration>(timeout, kLongestWait));
      limit.tv_sec = micros.count() / 1'000'000;
      limit.tv_usec = micros.count() % 1'000'000;
    }
    const int ready =
        ::select(top_ + 1, &read_, &write_, nullptr, timeout.count() < 0 ? nullptr : &limit);
    if (ready >= 0) return ready;
    const int number = errno;
    clear();
    if (number == EINTR) return 0;
    return posix_error("unable to wait in select()", number);
  }

 private:
  static constexpr Duration kLongestWait = std::chrono::hours{24};

  void add(int fd, fd_set& set) {
    if (!selectable(fd)) return;
    FD_SET(fd, &set);
    top_ = std::max(top_, fd);
  }

  fd_set read_;
  fd_set write_;
  int top_ = -1;
};

}  // namespace narwhal
