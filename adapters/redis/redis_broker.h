// RedisBroker: the master's session with a Redis server. One connection carries scripts: at most
// one turn (settle and fetch) is under way, so what is decided meanwhile leaves together; beside it
// publishes, the heartbeat and the care for orphans. No reply is ever waited for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arrivals.h"
#include "claims.h"
#include "dialer.h"
#include "location.h"
#include "membership.h"
#include "narwhal/broker.h"
#include "publisher.h"
#include "queue_order.h"
#include "script_set.h"
#include "server_info.h"
#include "turn_reply.h"
#include "waits.h"
#include "waker.h"

namespace narwhal::redis {

class RedisBroker final : public Broker {
 public:
  RedisBroker(Location location, std::shared_ptr<net::TlsContext> tls, const BrokerConfig& config,
              const BrokerContext& context);

  Result<void> connect(TimePoint now) override;
  void disconnect() override;
  [[nodiscard]] bool serving() const override { return joined_; }
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
  void wall_clock_changed() override { look_at_ = TimePoint{}; }

 private:
  struct Turn {
    bool under_way = false;
    std::int64_t want = 0;
    std::uint64_t wakes = 0;       // of the waker, when it was sent
    std::uint64_t own_writes = 0;  // likewise
  };

  void prepare_scripts(const Format& format);
  Result<void> begin();
  void fence_old_session(const std::string& old_run_id);
  Result<void> told_of_server(const redisReply& reply);
  void remember_client_id();

  void beat();
  Result<void> beaten(const Membership::Beat& beat);
  void sweep();
  Result<void> swept(const redisReply& reply);
  void compare();
  void ask_in_flight();
  Result<void> compared(const redisReply& reply);
  void give_back(const std::vector<std::string>& fields);

  [[nodiscard]] bool fetch_due() const;
  void send_turn();
  Result<void> turned(const redisReply& reply);
  void apply_settled(const TurnReply& turn);
  void apply_fetched(const TurnReply& turn);
  void hand_out(const TurnReply::Batch& batch);
  void hand_out(std::size_t queue, Reservation number, std::string_view stored);
  void take_arrivals();
  void wait_for_jobs();
  [[nodiscard]] Duration look_interval() const;
  void schedule_look(const TurnReply& turn, bool dry);
  void ask_depths();
  void own_write();

  Result<void> move(const PollSet& ready, TimePoint now);
  void hand_out_reports(BrokerEvents& events);
  [[nodiscard]] bool any_reports() const;
  void notice(BrokerEvents::Level level, std::string text,
              std::vector<BrokerEvents::NoticeField> fields = {});
  void lose(Reservation reservation, std::string reason);

  const Location location_;
  const Keys keys_;
  const std::unique_ptr<Format> format_;
  const std::size_t max_payload_;
  const Duration lease_;
  const Clock& clock_;
  std::vector<std::string> queues_;
  std::vector<std::string> lists_;    // the queues' keys
  std::vector<std::string> tracked_;  // other keys whose change may mean a job
  QueueOrder order_;

  ScriptSet scripts_;
  Membership membership_;
  Claims claims_;
  Arrivals arrivals_;
  Publisher publisher_;
  const std::string publish_digits_ = redis::random_digits();
  Dialer dialer_;
  Waker waker_;
  Waits waits_;

  std::unique_ptr<Connection> connection_;
  bool joined_ = false;
  ServerInfo server_;
  std::int64_t client_id_ = 0;  // of this session, or of the one before
  std::string told_warning_;    // once is enough

  TimePoint now_{};
  int want_ = 0;
  bool fetching_ = true;
  Turn turn_;
  bool dry_ = false;             // nothing to fetch until we are told
  bool compare_wanted_ = false;  // once nobody waits
  bool comparing_ = false;
  std::uint64_t seen_wakes_ = 0;
  std::uint64_t own_writes_ = 0;  // to the queues, which the waker does not tell us of
  TimePoint look_at_{};           // for delayed jobs
  TimePoint beat_at_ = kNever;
  bool depths_wanted_ = false;
  std::string problem_;  // of a queue, as told

  BrokerEvents reports_;  // what the next step has to tell
};

}  // namespace narwhal::redis
