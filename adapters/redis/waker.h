// Waker: tells an idle master that there may be a job, without polling. With tracking, a second
// connection is told when a key that a fetch found empty is written to; where the server refuses
// that, the fetch is repeated. A hint only; what is there is decided by the fetch.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "dialer.h"

namespace narwhal::redis {

class Waker {
 public:
  enum class Way : std::uint8_t { none, tracking, poll };

  // Sets tracking up: `main` is the connection that fetches.
  Result<void> start(Dialer& dialer, Connection& main, TimePoint now);
  void stop();

  [[nodiscard]] Way way() const { return way_; }
  // How often it was woken; what came before a fetch was sent need not be looked at again.
  [[nodiscard]] std::uint64_t wakes() const { return wakes_; }
  // Why it is not tracking, once, for the log.
  std::string take_notice() { return std::exchange(notice_, {}); }

  // Asks the server for a sign of life.
  void ping();

  void watch(PollSet& set) const;
  [[nodiscard]] TimePoint wake_at() const;
  Result<void> step(const PollSet& ready, TimePoint now);
  Result<void> flush(TimePoint now);

 private:
  void ask_number(Connection& main);
  void subscribe(Connection& main, std::int64_t client);
  void track(Connection& main, std::int64_t client);
  void fall_back(std::string_view reason);

  Way way_ = Way::none;
  std::uint64_t wakes_ = 0;
  std::string notice_;
  std::unique_ptr<Connection> subscriber_;
};

}  // namespace narwhal::redis
