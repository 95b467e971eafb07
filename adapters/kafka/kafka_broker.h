// KafkaBroker: the master's side of a Kafka cluster: one consumer for all its queues, one producer.
// Here it is decided which queue is served next, and when what is claimed and committed; messages
// and jobs are the business of the intakes.
//
// A job may be handed out once a commit has claimed it (ledger.h). So that no worker waits for a
// commit, jobs are claimed ahead in those commits that acknowledgements need anyhow.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "assignment.h"
#include "committer.h"
#include "consumer.h"
#include "declarer.h"
#include "delay_mover.h"
#include "depth_probe.h"
#include "intake.h"
#include "narwhal/broker.h"
#include "narwhal/queue_order.h"
#include "publisher.h"
#include "pulse.h"
#include "session.h"
#include "waker.h"

namespace narwhal::kafka {

class KafkaBroker final : public Broker, private Assignment::Listener {
 public:
  KafkaBroker(Location location, const BrokerConfig& config, const BrokerContext& context);
  ~KafkaBroker() override;

  Result<void> connect(TimePoint now) override;
  void disconnect() override;
  [[nodiscard]] bool serving() const override {
    return state_ == State::up && assignment_.settled_in();
  }
  void watch(PollSet& set) const override;
  [[nodiscard]] TimePoint wake_at() const override;
  Result<void> step(const PollSet& ready, TimePoint now, int want, BrokerEvents& events) override;
  Result<void> flush(TimePoint now, int want) override;
  void settle(Delivery job, Verdict verdict) override;
  void publish(PublishToken token, NewJob job) override;
  [[nodiscard]] std::size_t unconfirmed() const override;
  void set_fetching(bool fetching) override;
  void set_capacity(int jobs) override;
  void request_depths() override;
  // Due times are held against the clock whenever they are looked at, wake_at() included.
  void wall_clock_changed() override {}

 private:
  enum class State : std::uint8_t { down, starting, up };

  void on_assigned(Partition& partition) override;
  void on_gone(Partition& partition) override;

  Result<void> open();
  Result<void> start();
  void take_events();
  void on_event(rd_kafka_event_t* event);
  void on_fetched(rd_kafka_event_t* event);
  void on_error(rd_kafka_resp_err_t code, const std::string& text);
  void hand_out(int want, BrokerEvents& events);
  Intake* next_with_job(std::vector<std::size_t>& coming);
  void deliver(Intake& intake, BrokerEvents& events);
  void claim(std::size_t want);
  void claim_ahead();
  void unclaim();
  [[nodiscard]] std::size_t most_ahead() const;
  [[nodiscard]] bool acks_waiting() const;
  void report(BrokerEvents& events);
  void farewell();

  Session session_;
  Waker waker_;
  Consumer consumer_;
  Declarer declarer_;
  Publisher publisher_;
  Assignment assignment_;
  Committer committer_;
  DepthProbe probe_;
  Pulse pulse_;
  std::deque<Intake> intakes_;     // by queue; none moves
  std::deque<DelayMover> movers_;  // the same
  QueueOrder order_;
  std::unordered_map<Reservation, Partition::Epoch> hands_;

  State state_ = State::down;
  bool subscribed_ = false;
  Result<void> trouble_;       // the session is lost
  std::string last_error_;     // the last that the library told of
  TimePoint poll_by_{};        // the group wants to see that this process lives
  TimePoint delivered_at_{};   // when a job was handed out last
  std::size_t delivered_ = 0;  // since the last commit
  std::size_t ahead_ = 0;      // how many of them there were lately
  bool unflushed_ = false;     // something was asked for since the last flush()
  bool hungry_ = false;        // jobs were wanted at the last flush()
  std::size_t publishes_ = 0;  // jobs published and not answered
};

}  // namespace narwhal::kafka
