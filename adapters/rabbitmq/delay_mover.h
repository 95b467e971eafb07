// DelayMover: brings the delayed jobs of one queue into it when they are due. It consumes the
// levels in which they wait (delay_levels.h) and holds the first of each. Of several masters one
// does so at a time for each level, and the server names the next when that one is gone. A job is
// moved by a copy that is published and confirmed before the original is acknowledged, never by the
// server. On a channel of its own; the master's one thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "connection.h"
#include "delay_shelf.h"
#include "envelope.h"
#include "publisher.h"
#include "session.h"

namespace narwhal::rabbitmq {

class DelayMover final : public ChannelUser {
 public:
  DelayMover(Session& session, Connection& connection, Publisher& publisher, std::string queue);

  // Its levels are consumed, or will not be for now: nothing that is asked of them ends the
  // connection any more.
  [[nodiscard]] bool proven() const { return proven_; }
  // Jobs that are here and so do not wait in the server's count.
  [[nodiscard]] std::size_t held() const { return shelf_.size() + moving_.size(); }
  // While nothing is fetched: whether this has yet to let go of its jobs.
  [[nodiscard]] std::size_t unconfirmed() const;

  // Moves what has to be moved now, while jobs are fetched; rests otherwise, so that another master
  // moves them. `declared`: the queue itself and its front queue are, or will not be for now.
  void run(bool declared);
  [[nodiscard]] TimePoint wake_at() const;
  // The connection is gone.
  void lose();

  Result<void> on_open() override;
  Result<void> on_method(const amqp_method_t& method) override;
  Result<void> on_content(Content& content) override;
  Result<void> on_closed(int code, const std::string& text) override;

 private:
  enum class State : std::uint8_t { away, open, waiting, closing, resting };
  enum class Level : std::uint8_t { missing, asked, consumed };
  // A copy of it is being stored.
  struct Moving {
    std::size_t level;
    std::uint64_t tag;
  };

  // How many levels there are when it names none.
  static std::size_t level_of(std::string_view consumer);
  void declare_missing();
  void give_up_proof();
  void consume(std::size_t level);
  void consumes(std::size_t level);
  void cancelled_by_server(std::string_view consumer);
  void try_again(Duration delay);
  void come_back();
  void rest();
  void move(Delayed job);
  void moved(std::uint64_t number);
  void forget();

  Session& session_;
  Publisher& publisher_;
  const std::string queue_;
  Channel& channel_;

  State state_ = State::away;
  bool declared_ = false;
  bool proven_ = false;
  TimePoint prove_by_ = kNever;
  std::array<Level, kDelayLevels.size()> levels_{};
  TimePoint again_at_ = kNever;  // when to declare what is missing
  Duration delay_;               // between tries
  std::string last_trouble_;
  DelayShelf shelf_;
  std::unordered_map<std::uint64_t, Moving> moving_;
};

}  // namespace narwhal::rabbitmq
