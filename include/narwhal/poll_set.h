// PollSet: the descriptors one turn of the loop waits on, over select(2). The loop fills it
// afresh (adapters through Broker::watch), waits, and asks which descriptors are ready.
//
// select() has a hard cap: FD_SET on a descriptor at or over FD_SETSIZE is undefined behaviour.
// Such a descriptor is never put in; `check_selectable` is how its owner learns that early.
#pragma once

#include <sys/select.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
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
    read_.fill(0);
    write_.fill(0);
    top_ = -1;
  }
  void watch_read(int fd) { add(fd, read_); }
  void watch_write(int fd) { add(fd, write_); }
  void forget_write(int fd) { remove(fd, write_); }
  void forget(int fd) {
    remove(fd, read_);
    remove(fd, write_);
  }
  // Watches all that `other` watches, at a cost that does not depend on how many those are.
  void add_all(const PollSet& other) {
    for (std::size_t i = 0; i < kWords; ++i) {
      read_[i] |= other.read_[i];
      write_[i] |= other.write_[i];
    }
    top_ = std::max(top_, other.top_);
  }

  // After wait(): is it ready? Before wait(): is it watched?
  [[nodiscard]] bool readable(int fd) const { return contains(fd, read_); }
  [[nodiscard]] bool writable(int fd) const { return contains(fd, write_); }
  // Calls `apply(fd)` for each, lowest first.
  template <typename Apply>
  void for_each_readable(Apply apply) const {
    for_each(read_, apply);
  }
  template <typename Apply>
  void for_each_writable(Apply apply) const {
    for_each(write_, apply);
  }

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
        ::select(top_ + 1, reinterpret_cast<fd_set*>(&read_), reinterpret_cast<fd_set*>(&write_),
                 nullptr, timeout.count() < 0 ? nullptr : &limit);
    if (ready >= 0) return ready;
    const int number = errno;
    clear();
    if (number == EINTR) return 0;
    return posix_error("unable to wait in select()", number);
  }

 private:
  // fd_set's own layout on Linux, descriptor n as bit n mod 64 of word n / 64: kept as words so
  // that ready descriptors are found without asking for each.
  static constexpr std::size_t kWords = FD_SETSIZE / 64;
  using Words = std::array<std::uint64_t, kWords>;
  static_assert(sizeof(Words) == sizeof(fd_set) && sizeof(fd_mask) == sizeof(std::uint64_t));

  static constexpr Duration kLongestWait = std::chrono::hours{24};

  static std::size_t word(int fd) { return static_cast<std::size_t>(fd) / 64; }
  static std::uint64_t bit(int fd) { return std::uint64_t{1} << (static_cast<unsigned>(fd) % 64); }
  static bool contains(int fd, const Words& words) {
    return selectable(fd) && (words[word(fd)] & bit(fd)) != 0;
  }
  void add(int fd, Words& words) {
    if (!selectable(fd)) return;
    words[word(fd)] |= bit(fd);
    top_ = std::max(top_, fd);
  }
  static void remove(int fd, Words& words) {
    if (selectable(fd)) words[word(fd)] &= ~bit(fd);
  }
  template <typename Apply>
  static void for_each(const Words& words, Apply apply) {
    for (std::size_t i = 0; i < kWords; ++i) {
      for (std::uint64_t rest = words[i]; rest != 0; rest &= rest - 1) {
        apply(static_cast<int>(i * 64) + std::countr_zero(rest));
      }
    }
  }

  Words read_;
  Words write_;
  int top_ = -1;
};

}  // namespace narwhal
