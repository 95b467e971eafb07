// RabbitmqBroker: the master's side of a RabbitMQ server: one connection that consumes, with a
// channel for each queue, and one that publishes. Here it is decided which queue is served next and
// how much is fetched; what is said over a channel is its user's business.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "adapters/net/resolver.h"
#include "delay_mover.h"
#include "depth_probe.h"
#include "intake.h"
#include "narwhal/broker.h"
#include "narwhal/queue_order.h"
#include "publisher.h"
#include "session.h"

namespace narwhal::rabbitmq {

class RabbitmqBroker final : public Broker {
 public:
  RabbitmqBroker(Location location, const std::shared_ptr<net::TlsContext>& tls,
                 const BrokerConfig& config, const BrokerContext& context);
  ~RabbitmqBroker() override;

  Result<void> connect(TimePoint now) override;
  void disconnect() override;
  [[nodiscard]] bool serving() const override;
  void watch(PollSet& set) const override;
  [[nodiscard]] TimePoint wake_at() const override;
  Result<void> step(const PollSet& ready, TimePoint now, int want, BrokerEvents& events) override;
  Result<void> flush(TimePoint now, int want) override;
  void settle(Delivery job, Verdict verdict) override;
  void publish(PublishToken token, NewJob job) override;
  [[nodiscard]] std::size_t unconfirmed() const override;
  void set_fetching(bool fetching) override {
    session_.fetching = fetching;
    unflushed_ = true;
  }
  // What is fetched follows `want`.
  void set_capacity(int) override {}
  void request_depths() override {
    probe_.request(session_.now);
    unflushed_ = true;
  }
  // Due times are held against the clock whenever they are looked at, wake_at() included.
  void wall_clock_changed() override {}

 private:
  Result<void> open_connections();
  Result<void> serve(Connection& connection, const PollSet& ready) const;
  void hand_out(int want, BrokerEvents& events);
  Intake* next_with_job();
  [[nodiscard]] Intake& front(std::size_t queue) { return *intakes_[2 * queue]; }
  [[nodiscard]] Intake& main(std::size_t queue) { return *intakes_[2 * queue + 1]; }
  void give_back_stale();
  void fetch(int want);
  void report_blocked();
  void report(BrokerEvents& events);
  std::vector<QueueDepth> depths();

  const Location location_;
  Session session_;
  std::vector<net::Resolver> resolvers_;  // for each host of location_
  Connection consuming_;
  Connection publishing_;
  Publisher publisher_;
  DepthProbe probe_;
  std::vector<std::unique_ptr<Intake>> intakes_;     // for each queue its front queue and itself
  std::vector<std::unique_ptr<DelayMover>> movers_;  // by queue
  QueueOrder order_;
  std::size_t host_;           // of location_: tried last
  bool served_ = false;        // in this session
  bool blocked_ = false;       // the master was told
  bool unflushed_ = false;     // something was asked for since the last flush()
  std::size_t publishes_ = 0;  // jobs published and not answered
};

}  // namespace narwhal::rabbitmq
