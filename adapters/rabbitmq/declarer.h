// Declarer: makes sure that a queue exists before something is published to it. On a channel of its
// own, since a declaration that is refused closes its channel.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "channel.h"
#include "narwhal/clock.h"
#include "queue_spec.h"

namespace narwhal::rabbitmq {

class Declarer final : public ChannelUser {
 public:
  enum class State : std::uint8_t { asked, known, failed };

  explicit Declarer(const QueueSettings& settings) : settings_(settings) {}
  void set_channel(Channel& channel) { channel_ = &channel; }

  // Asks the server when it has not been asked, or when it refused a while ago.
  State state(const QueueSpec& spec, TimePoint now);
  // Precondition: state() said `failed`.
  [[nodiscard]] const Error& error(const std::string& name) const;
  // The queue is gone.
  void forget(const std::string& name) { known_.erase(name); }
  // The connection is gone.
  void reset();

  Result<void> on_open() override;
  Result<void> on_method(const amqp_method_t& method) override;
  Result<void> on_content(Content&) override { return {}; }
  Result<void> on_closed(int code, const std::string& text) override;

 private:
  struct Entry {
    State state = State::asked;
    Error error;
    TimePoint ask_again = kNever;
  };
  void answer(Entry entry);

  const QueueSettings& settings_;
  Channel* channel_ = nullptr;
  std::unordered_map<std::string, Entry> known_;
  std::deque<QueueSpec> asked_;  // in the order in which answers come
  TimePoint now_{};
};

}  // namespace narwhal::rabbitmq
