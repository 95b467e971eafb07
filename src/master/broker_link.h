// BrokerLink: one broker's connection as the master keeps it: open, lose, back off, open again.
// What every adapter would otherwise decide for itself is decided here once: how long to wait, what
// to log, and when a session that says it is up but brings nothing has to be rebuilt.
#pragma once

#include <memory>
#include <string>

#include "base/backoff.h"
#include "base/log.h"
#include "base/random.h"
#include "narwhal/broker.h"

namespace narwhal {

class BrokerLink {
 public:
  // `name`: for the log, without secrets. `patience`: a session with a backlog that delivers
  // nothing for this long is rebuilt.
  BrokerLink(std::unique_ptr<Broker> broker, std::string name, Duration patience, Log& log,
             Random& random);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool serving() const { return up_ && broker_->serving(); }
  [[nodiscard]] std::string state(TimePoint now) const;

  void watch(PollSet& set) const;
  [[nodiscard]] TimePoint wake_at() const;

  // Connects when it is time, then moves broker input. `want` as in Broker::step().
  void step(const PollSet& ready, TimePoint now, int want, BrokerEvents& events);
  void flush(TimePoint now, int want);

  void settle(Delivery job, Verdict verdict) {
    broker_->settle(std::move(job), std::move(verdict));
  }
  void publish(PublishToken token, NewJob job) { broker_->publish(token, std::move(job)); }
  [[nodiscard]] std::size_t unconfirmed() const { return broker_->unconfirmed(); }
  void set_fetching(bool fetching) { broker_->set_fetching(fetching); }
  void set_capacity(int jobs) { broker_->set_capacity(jobs); }
  void wall_clock_changed() { broker_->wall_clock_changed(); }

 private:
  void connect(TimePoint now);
  void lose(const Error& error, TimePoint now);
  void note_progress(const BrokerEvents& events, TimePoint now);
  void watch_progress(const BrokerEvents& events, TimePoint now, int want);
  void report(const BrokerEvents& events);

  static constexpr Backoff kReconnect{std::chrono::milliseconds{100}, std::chrono::seconds{10},
                                      0.3};

  std::unique_ptr<Broker> broker_;
  std::string name_;
  Duration patience_;
  Log& log_;
  Random& random_;

  bool up_ = false;             // a session exists, though it may not serve yet
  bool was_serving_ = false;    // the last time we looked
  bool served_ = false;         // this session did, at some time
  std::uint32_t failures_ = 0;  // since the last useful exchange
  TimePoint retry_at_{};
  TimePoint down_since_ = kNever;
  TimePoint last_progress_{};  // last delivery, or last time nothing was wanted
  bool asked_depths_ = false;
};

}  // namespace narwhal
