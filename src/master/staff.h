// Staff: the life of the processes below the master. Starts the mold and has it fork workers, paced
// by the brake; reaps the dead and says what became of the jobs in their hands; ends those that are
// worn out, overdue or no longer wanted. Which job a worker gets is not its business (Dispatch).
#pragma once

#include <algorithm>
#include <deque>
#include <string_view>

#include "base/log.h"
#include "base/random.h"
#include "master/crew.h"
#include "master/mold_link.h"
#include "master/run_report.h"
#include "master/spawn_brake.h"
#include "master/worker_death.h"
#include "narwhal/config.h"

namespace narwhal {

// What the master has to do about it. Called from within Staff's own calls.
class StaffEvents {
 public:
  virtual ~StaffEvents() = default;
  virtual void first_worker_ready(const WorkerSlot& slot) = 0;
  virtual void job_finished(WorkerSlot& slot, const JobFinished& message) = 0;
  virtual void enqueue_requested(WorkerSlot& slot, const Enqueue& message) = 0;
  // A worker died, and its job's run with it.
  virtual void run_lost(JobInHand job, const RunReport& report) = 0;
  // A job sent to a worker came back before the worker had begun it.
  virtual void job_returned(JobInHand job) = 0;
  virtual void app_given_up() = 0;
};

class Staff final : private CrewEvents {
 public:
  Staff(const Config& config, Log& log, Random& random, StaffEvents& events);

  [[nodiscard]] Crew& crew() { return crew_; }
  [[nodiscard]] const WorkerTable& table() const { return crew_.table(); }

  // One turn of the loop, in this order. `now` counts for all calls until the next begin_turn().
  void begin_turn(TimePoint now) { now_ = now; }
  void watch(PollSet& set) const;
  void reap();
  void serve(const PollSet& ready);
  void start_missing();
  void watch_deadlines();
  [[nodiscard]] TimePoint wake_at() const;

  // Jobs were handed out: their time limits run.
  void arm_job_deadlines();
  // `slot` finished a job; `leaving`: it ends by itself. Replaces it if it is worn out.
  void after_job(WorkerSlot& slot, bool leaving);

  void resize(std::uint32_t workers);  // the surplus leaves after its job
  void drain();                        // all leave after their job; none is started any more
  void stop();                         // all are killed
  // No process is left below the master.
  [[nodiscard]] bool alone() const { return table().alive() == 0 && mold_.pid() == 0; }
  void end_mold() { mold_.kill(); }
  void log_workers();

 private:
  enum class Mode : std::uint8_t { serving, draining, stopping };

  // CrewEvents.
  void worker_ready(WorkerSlot& slot, const WorkerReady& message) override;
  void job_finished(WorkerSlot& slot, const JobFinished& message) override {
    events_.job_finished(slot, message);
  }
  void enqueue_requested(WorkerSlot& slot, const Enqueue& message) override {
    events_.enqueue_requested(slot, message);
  }
  void worker_closed(WorkerSlot& slot) override;
  void worker_garbled(WorkerSlot& slot) override;

  // Mold and births.
  void start_mold();
  void apply(const MoldMessage& message);
  void worker_spawned(const WorkerSpawned& spawned);
  // The number of the process in `slot`, from whoever says it first.
  static void name(WorkerSlot& slot, pid_t pid);
  [[nodiscard]] bool awaits_name() const;
  void spawn_failed(const SpawnFailed& failed);
  void start_failed(std::string_view what, std::string_view error);

  // Deaths.
  // Workers that were reaped before their numbers were known.
  void bury_named_strangers();
  void mold_died(const WorkerDeath& death);
  void worker_died(WorkerSlot& slot, const WorkerDeath& death);
  void log_death(const WorkerSlot& slot, const WorkerDeath& death, bool idle);
  // Returns what it had not begun; what it had is the answer.
  std::vector<JobInHand> return_unbegun(WorkerSlot& slot);
  void lose(std::vector<JobInHand> begun, const WorkerSlot& slot, const WorkerDeath& death);
  void return_ahead(WorkerSlot& slot);
  void kill(WorkerSlot& slot, KillReason reason);
  void let_leave(WorkerSlot& slot);

  // Deadlines.
  void arm(TimePoint deadline) { deadline_ = std::min(deadline_, deadline); }
  [[nodiscard]] Duration deaf_grace(const WorkerSlot& slot) const;
  bool overdue(TimePoint deadline);
  void watch_load();
  void watch(WorkerSlot& slot);
  void watch_job(WorkerSlot& slot);
  [[nodiscard]] std::string_view worn_out(WorkerSlot& slot) const;

  const Config& config_;
  Log& log_;
  Random& random_;
  StaffEvents& events_;
  MoldLink mold_;
  Crew crew_;
  SpawnBrake brake_;
  Mode mode_ = Mode::serving;
  TimePoint now_{};
  TimePoint mold_not_before_{};
  TimePoint load_deadline_{};    // of the mold that loads the app
  TimePoint deadline_ = kNever;  // when watch_deadlines() or start_missing() has something to do
  bool announced_ready_ = false;
  // Children reaped while the mold has yet to say whose they are; bounded.
  std::deque<WorkerDeath> strangers_;
};

}  // namespace narwhal
