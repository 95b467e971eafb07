// Waker: learns of new jobs while the master is idle, without polling. The first way that the
// server permits is taken:
//  - tracking: a second connection is told when a key that a fetch found empty is written to;
//  - peek: a blocked BLMOVE from each queue to itself, which leaves it as it was;
//  - neither: the fetch is repeated.
// A hint only; what is there is decided by the fetch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dialer.h"

namespace narwhal::redis {

class Waker {
 public:
  enum class Way : std::uint8_t { none, tracking, peek, poll };

  // `end`: where jobs are taken from a list, LEFT or RIGHT.
  Waker(std::vector<std::string> lists, std::string end)
      : lists_(std::move(lists)), end_(std::move(end)) {}

  // Sets tracking up: `main` is the connection that fetches.
  Result<void> start(Dialer& dialer, Connection& main, TimePoint now);
  void stop();

  [[nodiscard]] Way way() const { return way_; }
  // How often it was woken; what came before a fetch was sent need not be looked at again.
  [[nodiscard]] std::uint64_t wakes() const { return wakes_; }
  // How soon an idle master has to look for itself.
  [[nodiscard]] Duration look_interval() const;
  // Why it is not tracking, once, for the log.
  std::string take_notice() { return std::exchange(notice_, {}); }

  // The queues were found empty.
  void arm();
  // Asks the server for a sign of life.
  void ping();

  void watch(PollSet& set) const;
  [[nodiscard]] TimePoint wake_at() const;
  Result<void> step(const PollSet& ready, TimePoint now);
  Result<void> flush(TimePoint now);

 private:
  struct Peek {
    std::unique_ptr<Connection> connection;
    bool blocked = false;
  };

  void ask_id(Connection& main);
  void subscribe(Connection& main, std::int64_t id);
  void track(Connection& main, std::int64_t id);
  void fall_back(std::string_view reason);
  Result<void> open_peeks(TimePoint now);
  void peek(std::size_t index);

  const std::vector<std::string> lists_;
  const std::string end_;
  Dialer* dialer_ = nullptr;
  Way way_ = Way::none;
  std::uint64_t wakes_ = 0;
  std::string notice_;
  std::unique_ptr<Connection> subscriber_;
  std::vector<Peek> peeks_;
  bool wants_peeks_ = false;
};

}  // namespace narwhal::redis
