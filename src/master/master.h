// The master: one loop over signals, children, the mold, workers and brokers, in that order, with
// one select() per turn and no other sleep. It owns every connection and the truth about every job
// in flight; it loads no app code and never looks inside a payload.
//
// The loop's state is computed from facts at each turn (Dispatch::want): without a worker that
// could take a job, brokers are asked for none; with a job in hand and an idle worker, the job is
// handed over before anything else.
//
// Once run() has begun, recoverable errors schedule a retry; they never end the process.
#pragma once

#include <algorithm>
#include <deque>
#include <string_view>

#include "base/log.h"
#include "base/random.h"
#include "base/sd_notify.h"
#include "base/self_pipe.h"
#include "exit_code.h"
#include "master/brokers.h"
#include "master/crew.h"
#include "master/dispatch.h"
#include "master/mold_link.h"
#include "master/publishing.h"
#include "master/run_ledger.h"
#include "master/shutdown.h"
#include "master/spawn_brake.h"
#include "master/wall_clock_watch.h"
#include "master/worker_death.h"

namespace narwhal {

class Master final : private CrewEvents {
 public:
  // Everything passed by reference outlives the master.
  Master(const Config& config, SelfPipe& signals, Brokers& brokers, Log& log, const Clock& clock,
         Random& random, SdNotify notify);

  // Runs until a signal or a failing app ends it.
  ExitCode run();

 private:
  // One turn, in order.
  void wait();
  void take_signals();
  void reap();
  void serve_mold();
  void serve_brokers();
  void hand_over();
  void spawn_workers();
  void watch_deadlines();
  void advance_shutdown();
  void notify_manager();
  [[nodiscard]] TimePoint next_deadline() const;

  // Signals.
  void begin_drain();
  void begin_stop();
  void pause();
  void resume();
  void scale(int by);
  void retire_workers();
  void log_workers();

  // Children.
  void mold_died(const WorkerDeath& death);
  void worker_died(WorkerSlot& slot, const WorkerDeath& death);
  void settle_dead(WorkerSlot& slot, const WorkerDeath& death);
  void apply(const MoldMessage& message);
  void start_failed(std::string_view what, std::string_view error);
  void kill(WorkerSlot& slot, KillReason reason);
  void let_leave(WorkerSlot& slot);

  // CrewEvents.
  void worker_ready(WorkerSlot& slot) override;
  void job_finished(WorkerSlot& slot, const JobFinished& message) override;
  void enqueue_requested(WorkerSlot& slot, const Enqueue& message) override;
  void worker_closed(WorkerSlot& slot) override;
  void worker_garbled(WorkerSlot& slot) override;

  // Brokers.
  void apply(BrokerEvents& events, std::size_t broker);
  void confirm(const BrokerEvents::Published& published);
  void mark_lost(const BrokerEvents::Lost& lost, std::size_t broker);
  void release_held(bool all);

  // Deadlines.
  void arm(TimePoint deadline) { deadline_ = std::min(deadline_, deadline); }
  void arm_job_deadlines();
  void watch(WorkerSlot& slot);
  void watch_job(WorkerSlot& slot);
  void recycle(WorkerSlot& slot);
  [[nodiscard]] bool worn_out(WorkerSlot& slot) const;
  [[nodiscard]] bool fetching() const { return shutdown_.serving() && !paused_; }

  const Config& config_;
  SelfPipe& signals_;
  Brokers& brokers_;
  Log& log_;
  const Clock& clock_;
  Random& random_;
  SdNotify notify_;

  TimePoint now_{};
  PollSet poll_;
  WallClockWatch wall_clock_;
  MoldLink mold_;
  TimePoint mold_not_before_{};
  Crew crew_;
  Dispatch dispatch_;
  RunLedger ledger_;
  Publishing publishing_;
  SpawnBrake brake_;
  Shutdown shutdown_;
  BrokerEvents events_;

  bool paused_ = false;
  bool workers_retired_ = false;  // WINCH
  bool announced_ready_ = false;
  bool gave_up_ = false;
  std::uint32_t workers_wanted_;
  std::size_t first_broker_ = 0;  // whose turn it is to be asked first
  TimePoint deadline_ = kNever;   // of workers and jobs: when watch_deadlines() has something to do
  TimePoint next_notice_ = kNever;
  // Children reaped before the mold said whose they are; bounded.
  std::deque<WorkerDeath> strangers_;
};

}  // namespace narwhal
