// RedisBroker: the master's session with a Redis server, made of parts that each know one thing.
// One connection carries scripts: turns (settle and fetch), publishes, the heartbeat, the care for
// orphans; others wait for news and for jobs. No reply is ever waited for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrivals.h"
#include "claims.h"
#include "comparison.h"
#include "dialer.h"
#include "fence.h"
#include "intake.h"
#include "location.h"
#include "membership.h"
#include "narwhal/broker.h"
#include "publisher.h"
#include "queue_order.h"
#include "reports.h"
#include "script_set.h"
#include "supply.h"
#include "turns.h"
#include "waits.h"
#include "waker.h"

namespace narwhal::redis {

class RedisBroker final : public Broker {
 public:
  RedisBroker(Location location, std::shared_ptr<net::TlsContext> tls, const BrokerConfig& config,
              const BrokerContext& context);

  Result<void> connect(TimePoint now) override;
  void disconnect() override;
  [[nodiscard]] bool serving() const override { return comparison_.made(); }
  void watch(PollSet& set) const override;
  [[nodiscard]] TimePoint wake_at() const override;
  Result<void> step(const PollSet& ready, TimePoint now, int want, BrokerEvents& events) override;
  Result<void> flush(TimePoint now, int want) override;
  void settle(Delivery job, Verdict verdict) override;
  void publish(PublishToken token, NewJob job) override;
  [[nodiscard]] std::size_t unconfirmed() const override;
  void set_fetching(bool fetching) override { fetching_ = fetching; }
  void set_capacity(int) override {}
  void request_depths() override { depths_wanted_ = true; }
  void wall_clock_changed() override { supply_.look_at_once(); }

 private:
  Result<void> begin();
  Result<void> told_of_server(const redisReply& reply);
  void beat();
  Result<void> beaten(const Membership::Beat& beat);

  Result<void> move(const PollSet& ready, TimePoint now);
  void take_arrivals();
  void send(TimePoint now);
  void send_turn(TimePoint now);
  void wait_for_jobs();
  void ask_depths();
  [[nodiscard]] Duration idle_look() const;
  void hand_out_reports(BrokerEvents& events);

  const Location location_;
  const Keys keys_;
  const std::unique_ptr<Format> format_;
  const std::size_t max_payload_;
  const Duration lease_;
  const Clock& clock_;
  const std::vector<std::string> queues_;
  const ScriptParts parts_;  // of the format

  // What outlives sessions.
  ScriptSet scripts_;
  Membership membership_;
  Claims claims_;
  Arrivals arrivals_;
  Publisher publisher_;
  const std::string publish_digits_ = random_digits();
  Fence fence_;
  Dialer dialer_;
  QueueOrder order_;
  Supply supply_;
  Reports reports_;
  Intake intake_;

  // The session.
  std::unique_ptr<Connection> connection_;
  Turns turns_;
  Comparison comparison_;
  Waker waker_;
  Waits waits_;
  std::string told_warning_;  // once is enough
  TimePoint beat_at_ = kNever;

  TimePoint now_{};
  int want_ = 0;
  bool fetching_ = true;
  std::uint64_t seen_wakes_ = 0;
  bool depths_wanted_ = false;
};

}  // namespace narwhal::redis
