// Pump: a small master around one Broker. Loops over select(), step() and flush() until something
// is true or a deadline has passed, and starts a lost session again.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "narwhal/broker.h"

namespace narwhal::test {

class Pump {
 public:
  static constexpr Duration kPatience = std::chrono::seconds{20};

  explicit Pump(std::unique_ptr<Broker> broker) : broker_(std::move(broker)) {}

  [[nodiscard]] Broker& broker() { return *broker_; }
  // The process that held the broker is gone, as far as anybody else can tell.
  void kill() { broker_.reset(); }

  // One turn with `want`, waiting at most `limit` for something to happen.
  void turn(int want, Duration limit);
  bool until(int want, const std::function<bool()>& done, Duration patience = kPatience);
  // Keeps going for a while: for what must not happen.
  void run_for(int want, Duration time);

  // The next `count` jobs; fewer when patience has run out.
  std::vector<Delivery> take(std::size_t count, Duration patience = kPatience);
  // One job; an empty one, which fails the test, when none came.
  Delivery take_one();
  // Settles and waits until that is confirmed.
  void settle(Delivery job, Verdict verdict);
  void ack(Delivery job) { settle(std::move(job), Verdict{}); }
  // Waits until nothing is unconfirmed.
  bool confirm();
  // The broker's answer to publish().
  Result<void> publish(NewJob job);
  std::vector<QueueDepth> depths();
  // Turns until a session serves.
  bool serve();

  std::deque<Delivery> deliveries;
  std::vector<BrokerEvents::Published> published;
  std::vector<BrokerEvents::Lost> lost;
  std::vector<std::string> notices;
  std::vector<std::string> errors;  // of lost sessions

 private:
  void collect(BrokerEvents& events);
  void failed(const Error& error);

  std::unique_ptr<Broker> broker_;
  SystemClock clock_;
  int want_ = 0;  // as the broker knows it
  bool connected_ = false;
  TimePoint connect_at_{};
  PublishToken next_token_ = 1;
  std::vector<QueueDepth> depths_;
};

}  // namespace narwhal::test
