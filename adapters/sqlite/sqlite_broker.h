// SqliteBroker: the master's side of a queue in an SQLite file. Everything that a turn has to do is
// one transaction: settle, beat, make due jobs ready, claim. When somebody else holds the write
// lock it all stays queued and is tried again by wake_at(); no call waits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "claimer.h"
#include "location.h"
#include "lock_backoff.h"
#include "lookout.h"
#include "membership.h"
#include "narwhal/broker.h"
#include "queue_order.h"
#include "session.h"
#include "settler.h"
#include "writer_thread.h"

namespace narwhal::sqlite {

class SqliteBroker final : public Broker {
 public:
  SqliteBroker(Location location, const BrokerConfig& config, const BrokerContext& context);
  ~SqliteBroker() override;

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
  void set_fetching(bool fetching) override { fetching_ = fetching; }
  void set_capacity(int) override {}
  void request_depths() override;
  void wall_clock_changed() override { due_stale_ = true; }

 private:
  // What one transaction did. True once it is committed.
  struct Turn {
    std::optional<Membership::Beat> beat;
    std::vector<BrokerEvents::Lost> lost;
    int promoted = 0;
    bool claimed = false;  // whether jobs were asked for
    Claim claim;
  };
  struct InHand {
    std::int64_t row = 0;
    std::int64_t owner = 0;
  };

  void set_want(int want);
  void collect_answers(const PollSet& ready);
  void hand_out_reports(BrokerEvents& events);

  Result<void> notice_wake_ups(const PollSet& ready, TimePoint now);
  Result<void> look(TimePoint now);
  Result<void> read_changes(TimePoint now);
  Result<void> refresh_due(TimePoint now);
  Result<void> after_last_job(TimePoint now);

  [[nodiscard]] bool turn_due(TimePoint now) const;
  Result<void> take_turn(TimePoint now, bool with_input, BrokerEvents* events);
  Result<void> work(TimePoint now, bool with_input, Turn& turn);
  Result<void> settle_all(Turn& turn);
  Result<void> claim(TimePoint now, Turn& turn);
  Result<void> refused(const Error& error, TimePoint now);
  void apply(Turn turn, TimePoint now, BrokerEvents* events);
  void apply_beat(const Membership::Beat& beat, TimePoint now);
  void hand_out(Claim claim, BrokerEvents& events);
  void keep_log_short();

  void lose_all(const std::string& reason);
  void notice(BrokerEvents::Level level, std::string text);
  [[nodiscard]] std::int64_t owner(const Turn& turn) const;

  const Location location_;
  const std::size_t max_payload_;
  const Duration beat_interval_;
  const Clock& clock_;
  std::vector<std::string> queue_names_;
  QueueOrder order_;

  Membership membership_;
  WriterThread writer_;
  std::unique_ptr<Session> session_;
  std::string identity_;  // of the database we were connected to last
  bool joined_ = false;   // in this session

  int want_ = 0;
  bool fetching_ = true;
  Lookout lookout_;
  LockBackoff lock_;
  TimePoint beat_at_{};
  TimePoint poll_at_ = kNever;   // where there is no log watch
  std::optional<WallTime> due_;  // the next delayed job
  TimePoint due_at_ = kNever;
  bool due_stale_ = true;

  Reservation next_reservation_ = 1;
  std::unordered_map<Reservation, InHand> in_hand_;
  std::vector<Settlement> settlements_;
  std::size_t unconfirmed_publishes_ = 0;

  bool checkpointing_ = false;
  int checkpoint_at_;     // frames
  BrokerEvents reports_;  // what the next step has to tell besides deliveries
};

}  // namespace narwhal::sqlite
