// Subscriptions: how many more messages the server may push over one channel. A consumer's prefetch
// cannot be changed, so more is allowed by one consumer more, and less by cancelling all. Exact
// counts matter: what was pushed and not run looks like a crash when this process is killed. Pure
// but for what it appends to the channel.
#pragma once

#include <string>
#include <vector>

#include "channel.h"
#include "narwhal/clock.h"

namespace narwhal::rabbitmq {

class Subscriptions {
 public:
  using Number = std::uint32_t;

  // How many more may come.
  [[nodiscard]] int room() const;
  // Consumers that are not confirmed yet.
  [[nodiscard]] std::size_t starting() const;
  [[nodiscard]] bool empty() const { return live() == 0; }
  // Had the server anything for the room there is, it would be here by now.
  [[nodiscard]] bool idle(TimePoint now) const;
  // When idle() may turn true without anything arriving.
  [[nodiscard]] TimePoint idle_at() const;

  // Allows `more`. The server answers with qos-ok and consume-ok; then ask(), and when that is
  // answered, confirmed().
  void add(Channel& channel, std::string_view queue, int more);
  // Allows nothing more; deliveries may still be on their way. One cancel-ok for each. A consumer
  // that is not confirmed yet is cancelled when it is: RabbitMQ closes the connection over one that
  // it is told to cancel before it has started. Returns how many are cancelled now.
  int cancel(Channel& channel);
  void clear() { list_.clear(); }

  // A question, qos, behind what the queue had at once. Not before the consume-ok: the channel
  // would answer it while its queue is still looking.
  static void ask(Channel& channel);
  // In the order in which add() asked.
  // Returns whether that consumer is cancelled now.
  bool confirmed(Channel& channel, TimePoint now);
  // Whose message it is; 0: nobody's.
  Number delivered(std::string_view consumer);
  // A message of that consumer was acknowledged or given back.
  void settled(Number number, TimePoint now);

 private:
  struct Entry {
    Number number = 0;
    int prefetch = 0;
    int unsettled = 0;
    bool confirmed = false;
    bool live = true;
  };
  [[nodiscard]] std::size_t live() const;
  // The server may push, and is known to consume.
  [[nodiscard]] bool open() const;

  std::vector<Entry> list_;
  Number last_ = 0;
  TimePoint opened_at_{};  // when room() ceased to be 0
};

}  // namespace narwhal::rabbitmq
