// The master: one loop over signals, dead children, workers and brokers, in that order, with one
// select() per turn and no other sleep. It owns every connection and the truth about every job in
// flight; it loads no app code and never looks inside a payload.
//
// The loop's state is computed from facts at each turn (Dispatch::want): without a worker that
// could take a job, brokers are asked for none; with a job in hand and an idle worker, the job is
// handed over before anything else.
//
// Once run() has begun, recoverable errors schedule a retry; they never end the process.
#pragma once

#include "base/log.h"
#include "base/random.h"
#include "base/sd_notify.h"
#include "base/self_pipe.h"
#include "exit_code.h"
#include "master/brokers.h"
#include "master/dispatch.h"
#include "master/publishing.h"
#include "master/run_ledger.h"
#include "master/shutdown.h"
#include "master/staff.h"
#include "master/wall_clock_watch.h"

namespace narwhal {

class Master final : private StaffEvents {
 public:
  // Everything passed by reference outlives the master.
  Master(const Config& config, SelfPipe& signals, Brokers& brokers, Log& log, const Clock& clock,
         Random& random, SdNotify notify);

  // Runs until a signal or a failing app ends it.
  ExitCode run();

 private:
  void wait();
  [[nodiscard]] TimePoint next_deadline() const;

  // Signals.
  void take_signals();
  void begin_drain();
  void begin_stop();
  void pause();
  void resume();
  void scale(int by);
  void retire_workers();
  void report();

  // StaffEvents.
  void first_worker_ready(const WorkerSlot& slot) override;
  void job_finished(WorkerSlot& slot, const JobFinished& message) override;
  void enqueue_requested(WorkerSlot& slot, const Enqueue& message) override;
  void run_lost(JobInHand job, const RunReport& report) override;
  void job_returned(JobInHand job) override;
  void app_given_up() override;

  // Brokers.
  void serve_brokers();
  void apply(BrokerEvents& events, std::size_t broker);
  void confirm(const BrokerEvents::Published& published);
  void mark_lost(const BrokerEvents::Lost& lost, std::size_t broker);
  void hand_over();
  void release_held(bool all);
  [[nodiscard]] bool fetching() const { return shutdown_.serving() && !paused_; }
  [[nodiscard]] int want() { return fetching() ? dispatch_.want(now_) : 0; }

  void advance_shutdown();
  void notify_manager();
  [[nodiscard]] std::string status();

  const Config& config_;
  SelfPipe& signals_;
  Brokers& brokers_;
  Log& log_;
  const Clock& clock_;
  SdNotify notify_;

  TimePoint now_{};
  PollSet poll_;
  WallClockWatch wall_clock_;
  Staff staff_;
  Dispatch dispatch_;
  RunLedger ledger_;
  Publishing publishing_;
  Shutdown shutdown_;
  BrokerEvents events_;  // kept to reuse its memory

  bool paused_ = false;
  bool workers_retired_ = false;  // WINCH
  bool gave_up_ = false;
  std::uint32_t workers_wanted_;
  std::size_t first_broker_ = 0;    // whose turn it is to be asked first
  TimePoint next_notice_ = kNever;  // to the service manager, at the latest
  TimePoint last_notice_ = kNever;  // none before the first worker is ready
  std::string last_status_;
};

}  // namespace narwhal
