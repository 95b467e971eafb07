// DepthProbe: counts the jobs of the served queues, for the log and for metrics. AMQP tells how
// many messages wait in a queue when the queue is declared; asked passively, so that looking
// creates nothing. A queue that is not there closes the channel, which is opened again for the
// next.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "channel.h"
#include "narwhal/broker.h"

namespace narwhal::rabbitmq {

class DepthProbe final : public ChannelUser {
 public:
  // How many jobs of a queue have come and are not handed out: to the server these do not wait.
  using Stashed = std::function<std::size_t(std::size_t queue)>;

  DepthProbe(const std::vector<QueueConfig>& queues, Stashed stashed);
  void set_channel(Channel& channel) { channel_ = &channel; }

  void request(TimePoint now);
  // The answer, once, when it is complete. Jobs in hand are not in it.
  std::vector<QueueDepth> take(TimePoint now);
  // A job of that queue came: what waits there moves.
  void delivered(std::size_t queue) { waiting_since_[queue] = kNever; }
  void reset();

  Result<void> on_open() override;
  Result<void> on_method(const amqp_method_t& method) override;
  Result<void> on_content(Content&) override { return {}; }
  Result<void> on_closed(int code, const std::string& text) override;

 private:
  enum class Kind : std::uint8_t { ready, delayed, dead };
  struct Question {
    std::size_t queue;
    Kind kind;
    std::string name;
  };
  void ask_next();
  void answer(std::uint64_t count);

  std::vector<std::string> queues_;
  Stashed stashed_;
  Channel* channel_ = nullptr;
  bool wanted_ = false;
  TimePoint asked_at_{};
  std::deque<Question> questions_;  // the first is with the server
  std::vector<QueueDepth> depths_;
  std::vector<TimePoint> waiting_since_;  // by queue; kNever: nothing was seen to wait
};

}  // namespace narwhal::rabbitmq
