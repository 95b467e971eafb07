// SqliteBroker: the master's side of a queue in an SQLite file. Everything that a turn has to do is
// one transaction: settle, beat, make due jobs ready, claim. When somebody else holds the write
// lock it all stays queued and is tried again by wake_at(); no call waits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint_policy.h"
#include "claimer.h"
#include "hand.h"
#include "location.h"
#include "lock_backoff.h"
#include "membership.h"
#include "narwhal/broker.h"
#include "queue_order.h"
#include "scout.h"
#include "session.h"
#include "writer_thread.h"

namespace narwhal::sqlite {

class SqliteBroker final : public Broker {
 public:
  SqliteBroker(Location location, const BrokerConfig& config, const BrokerContext& context);
  ~SqliteBroker() override;

  Result<void> connect(TimePoint now) override;
  void disconnect() override;
  [[nodiscard]] bool serving() const override { return session_ != nullptr && joined_; }
  void watch(PollSet& set) const override;
  [[nodiscard]] TimePoint wake_at() const override;
  Result<void> step(const PollSet& ready, TimePoint now, int want, BrokerEvents& events) override;
  Result<void> flush(TimePoint now, int want) override;
  void settle(Delivery job, Verdict verdict) override;
  void publish(PublishToken token, NewJob job) override;
  [[nodiscard]] std::size_t unconfirmed() const override;
  void set_fetching(bool fetching) override { fetching_ = fetching; }
  void set_capacity(int) override {}
  void request_depths() override;
  void wall_clock_changed() override { scout_.due_times_changed(); }

 private:
  // What one transaction did. True once it is committed.
  struct Turn {
    std::optional<Membership::Beat> beat;
    std::vector<BrokerEvents::Lost> lost;
    Claim claim;
    bool nothing_left = false;
  };

  void set_want(int want);
  void heed_wake_up(const PollSet& ready);
  void heed_file_changes(TimePoint now);
  void collect_answers(const PollSet& ready);
  void hand_out_reports(BrokerEvents& events);

  [[nodiscard]] bool turn_due(TimePoint now) const;
  Result<void> take_turn(TimePoint now, BrokerEvents& events);
  Result<void> transact(TimePoint now, bool with_input, Turn& turn);
  Result<void> work(TimePoint now, bool with_input, Turn& turn);
  Result<void> settle_all(Turn& turn);
  Result<void> beat(TimePoint now, Turn& turn);
  Result<void> claim(TimePoint now, Turn& turn);

  void record(const Turn& turn, TimePoint now);
  void record_beat(const Membership::Beat& beat, TimePoint now);
  void hand_out(Claim claim, BrokerEvents& events);
  void keep_log_short();
  void sign_off();
  void lose_all(const std::string& reason);
  void warn(std::string text);

  const Location location_;
  const std::size_t max_payload_;
  const Duration beat_interval_;
  const Clock& clock_;
  const std::vector<std::string> queues_;
  QueueOrder order_;

  // What outlives a session.
  Membership membership_;
  Hand hand_;
  WriterThread writer_;
  std::string identity_;  // of the database we were connected to last
  std::size_t unconfirmed_publishes_ = 0;
  CheckpointPolicy checkpoints_;
  BrokerEvents reports_;  // what the next step has to tell, besides deliveries

  std::unique_ptr<Session> session_;
  bool joined_ = false;  // in this session
  Scout scout_;
  LockBackoff lock_;
  TimePoint beat_at_{};

  int want_ = 0;
  bool fetching_ = true;
};

}  // namespace narwhal::sqlite
