// Slot: one connection that has at most one job. The server answers one command of a connection at
// a time and lets only the connection that reserved a job settle it, so every job in hand has a
// connection of its own; the idle ones wait in reserve. Owned by BeanstalkdBroker.
//
//   closed -> free -> reserving -> checking -> held -> settling -> free
//
// `checking` is skipped by most jobs (see README.md), `settling` by finished ones: their delete
// leaves together with the next reserve.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "link.h"
#include "session.h"
#include "taken_job.h"

namespace narwhal::beanstalkd {

class Slot {
 public:
  enum class Phase : std::uint8_t { closed, free, reserving, checking, held, settling };

  Slot(Session& session, std::uint32_t index);

  Result<bool> open(const net::Address& address, const std::string& name);
  // The connection is gone: reports what is lost by that.
  void lose(const std::string& reason);

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] int descriptor() const { return link_.descriptor(); }
  [[nodiscard]] bool wants_write() const { return link_.wants_write(); }
  [[nodiscard]] Reservation reservation() const { return job_ ? job_->reservation : 0; }
  // Nothing is outstanding: it could be closed without anybody noticing.
  [[nodiscard]] bool quiet() const { return phase_ == Phase::free && sent_.empty(); }
  // Whether the server has ever answered on this connection.
  [[nodiscard]] bool proven() const { return proven_; }

  // Precondition: free. Asks for a job, by the next step of the order of tubes.
  void reserve();
  // Precondition: held.
  void settle(Delivery delivery, Verdict verdict);

  // An Error of kind `invalid` concerns the whole session, others this connection alone.
  Result<void> read();
  Result<void> write();
  [[nodiscard]] TimePoint timer_at() const;
  Result<void> on_timer();

 private:
  // What a reply answers.
  enum class Ask : std::uint8_t {
    setting,       // watch, ignore, use
    reserve,       //
    check,         // stats-job before the job is handed out
    fold,          // put: an orphan, with its crash counted
    fold_delete,   // delete: the orphan as it was
    set_aside,     // bury: a job that cannot be handed out
    learn,         // stats-job while it runs: its time to run
    touch,         //
    ack,           // delete: finished
    count,         // stats-job before a verdict is carried out
    prove,         // touch: is it still ours?
    store,         // put: the retry or the dead letter
    store_delete,  // delete: the original of what was stored
    undo,          // delete: what was stored in vain
    release,       //
    kick,          // kick-job: released, but buried by a server without memory
  };
  struct Sent {
    Ask ask;
    Reservation reservation;
    ServerId id;
  };
  struct Settling {
    Delivery delivery;
    Verdict verdict;
    ServerId stored = 0;  // the copy
    TimePoint store_at = kNever;
  };

  void set_phase(Phase phase);
  std::string& command(Ask ask, ServerId id = 0);
  void use(const std::string& tube);
  Result<void> handle(Reply& reply);
  static Error unexpected(Ask ask, const Reply& reply);
  static const char* name_of(Ask ask);

  // slot_fetch.cc
  [[nodiscard]] std::chrono::seconds longest_wait();
  void watch_tubes(TubeSet tubes);
  Result<void> on_reserve(Reply& reply);
  void on_reserved(Reply& reply);
  void find_tube();
  [[nodiscard]] bool must_check();
  Result<void> on_check(const Reply& reply);
  [[nodiscard]] std::uint32_t hidden_crashes();
  bool fold();
  Result<void> on_fold(const Reply& reply);
  Result<void> on_fold_delete(const Reply& reply);
  void set_aside(const std::string& reason);
  void bury_damaged();
  void deliver();
  void let_go();

  // slot_settle.cc
  void ack();
  void release();
  void carry_out();
  void store();
  void store_again_later(const Reply& reply);
  void stop_waiting();
  Result<void> on_ack(const Reply& reply, const Sent& sent);
  Result<void> on_release(const Reply& reply, const Sent& sent);
  Result<void> on_count(const Reply& reply);
  Result<void> on_prove(const Reply& reply);
  Result<void> on_store(const Reply& reply);
  Result<void> on_store_delete(const Reply& reply);
  Result<void> on_learn(const Reply& reply);
  Result<void> on_touch(const Reply& reply);
  void confirmed();
  void lost_job(const std::string& reason);

  Session& session_;
  const std::uint32_t index_;
  Link link_;
  Phase phase_ = Phase::closed;
  bool proven_ = false;
  bool dirty_ = false;
  std::vector<Sent> sent_;  // oldest first; short
  TimePoint overdue_at_ = kNever;

  TubeSet watched_ = 0;
  bool watches_default_ = false;  // a new connection does, and it is none of ours
  std::string used_;
  TubeOrder::Step step_;
  std::chrono::seconds wait_{0};          // how long the reserve may find nothing
  bool probes_ = false;                   // it is the one that Session::probing is about
  std::vector<ServerId> highest_before_;  // Session::highest when the reserve was sent
  std::size_t next_step_ = 0;
  std::uint64_t next_step_turn_ = 0;

  std::optional<TakenJob> job_;
  std::optional<Settling> settling_;
};

}  // namespace narwhal::beanstalkd
