// Publisher: stores messages and waits for the server's confirmation of each. On a connection apart
// from the one that consumes, since a server in want of memory or disk reads nothing more from a
// connection that publishes: what is to be published then waits here.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "connection.h"
#include "declarer.h"

namespace narwhal::rabbitmq {

class Publisher final : public ChannelUser {
 public:
  // Called once, when the message is stored for good or is not going to be.
  using Done = std::function<void(const Result<void>&)>;
  struct Parcel {
    QueueSpec to;
    std::string id;          // the message's, as its properties have it
    std::string properties;  // encoded
    std::string body;
    // Tried again until it is stored, however often the server refuses.
    bool patient = false;
    std::uint64_t original = 0;  // the reservation of the job that it is a copy of
    Done done;
  };

  Publisher(Connection& connection, const QueueSettings& settings);

  void publish(Parcel parcel) { waiting_.push_back({.parcel = std::move(parcel)}); }
  // Sends what may be sent now.
  void pump(TimePoint now);
  [[nodiscard]] TimePoint wake_at() const { return wake_at_; }
  // Messages neither confirmed nor given up.
  [[nodiscard]] std::size_t pending() const { return waiting_.size() + sent_.size(); }
  [[nodiscard]] bool ready() const { return confirming_; }
  [[nodiscard]] bool blocked() const { return connection_.blocked().has_value(); }
  // A patient message that is held up: why. Told once for each reason.
  std::string take_trouble() { return std::exchange(trouble_, {}); }

  // The connection is gone: nothing of what is pending is going to be confirmed.
  void lose(const std::string& why);
  // The same for those not sent yet, when nobody needs them any more.
  void withdraw(const std::function<bool(const Parcel&)>& unwanted);

  Result<void> on_open() override;
  Result<void> on_method(const amqp_method_t& method) override;
  Result<void> on_content(Content& content) override;
  Result<void> on_closed(int code, const std::string& text) override;

 private:
  struct Entry {
    Parcel parcel;
    bool returned = false;  // the server had no queue of that name
    int tries = 0;
    TimePoint not_before{};
  };
  enum class Step : std::uint8_t { send, wait, refuse };
  Step next_step(const Entry& entry, TimePoint now);
  void send(Entry entry);
  void confirm(std::uint64_t tag, bool multiple, bool stored);
  void settle(Entry entry, bool stored);
  void refuse(Entry entry, const Error& error);
  void send_later(Entry entry, Duration delay);
  [[nodiscard]] bool may_send() const;

  Connection& connection_;
  Declarer declarer_;
  Channel& channel_;
  bool confirming_ = false;  // the channel is open and confirms
  std::deque<Entry> waiting_;
  std::deque<Entry> sent_;     // the first has the number first_tag_
  std::deque<bool> answered_;  // beside sent_: confirmed before those in front of it
  std::uint64_t first_tag_ = 1;
  TimePoint now_{};
  TimePoint wake_at_ = kNever;
  std::string trouble_;
  std::string last_trouble_;
};

}  // namespace narwhal::rabbitmq
