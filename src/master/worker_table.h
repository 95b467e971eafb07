// WorkerTable: the bookkeeping of workers and the jobs in their hands, by slot. Pure: it forks,
// kills and sends nothing; the master does what follows from it.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "narwhal/clock.h"
#include "narwhal/delivery.h"
#include "wire/message.h"
#include "wire/slot_page.h"

namespace narwhal {

struct JobInHand {
  Delivery delivery;
  std::size_t broker = 0;    // index of the broker it came from
  JobSequence sequence = 0;  // as the worker knows it
  TimePoint sent{};
  TimePoint started{};  // when the worker could begin: sent, or the end of the job before
  TimePoint deadline = kNever;
  bool soft_timeout_raised = false;
  bool lost = false;  // its lease is gone: somebody else may run it
};

enum class WorkerState : std::uint8_t {
  vacant,    // no process
  starting,  // asked of the mold, not ready yet
  ready,     // takes jobs
  leaving,   // told to leave after the job in hand
  deaf,      // closed its channel: most likely dead and about to be reaped
  killed,    // sent SIGKILL, not reaped yet
};
std::string_view worker_state_name(WorkerState state);

// Why the master killed a worker; decides what its job's run counts as.
enum class KillReason : std::uint8_t {
  none,           // the master did not: a crash
  job_timeout,    // the job ran too long: failed
  spawn_timeout,  // never became ready
  stopping,       // the daemon stops: released
  overdue,        // did not leave when told: released if it still has a job
  deaf,           // closed its channel without ending, or broke the protocol: a crash
};

struct WorkerSlot {
  static constexpr std::uint64_t kNoLimit = UINT64_MAX;
  static constexpr std::size_t kMostAhead = SlotPage::kJobs - 1;

  std::uint32_t index = 0;
  WorkerState state = WorkerState::vacant;
  KillReason kill_reason = KillReason::none;
  bool retired = false;     // goes away with its process
  pid_t pid = 0;            // 0: not known (yet)
  std::uint64_t spawn = 0;  // number of the request that made this process
  TimePoint since{};        // start of this state
  TimePoint spawn_not_before{};
  TimePoint started_at{};  // when the process was asked for
  bool was_ready = false;  // this process once said that it is ready
  JobSequence last_sequence = 0;
  std::uint64_t jobs_left = kNoLimit;  // before max_jobs retires the process
  std::uint64_t jobs_done = 0;
  TimePoint rss_checked{};
  std::optional<JobInHand> current;
  std::vector<JobInHand> ahead;  // in the order in which they will run

  [[nodiscard]] bool idle() const { return state == WorkerState::ready && !current; }
  // Given to it for good: what is still ahead can be taken back only while it is not begun.
  [[nodiscard]] std::size_t jobs_in_hand() const { return (current ? 1U : 0U) + ahead.size(); }
  [[nodiscard]] bool alive() const { return state != WorkerState::vacant; }
  // Ready, with a job: it may be sent more ahead.
  [[nodiscard]] bool serving() const { return state == WorkerState::ready && current; }
  // How many more it may be sent ahead.
  [[nodiscard]] std::size_t room_ahead() const {
    return serving() ? std::min<std::uint64_t>(kMostAhead - ahead.size(), jobs_left) : 0;
  }
};

class WorkerTable {
 public:
  // `max_jobs`: how many jobs a process runs before it is replaced; 0: no limit.
  WorkerTable(std::uint32_t slots, std::uint64_t max_jobs)
      : max_jobs_(max_jobs == 0 ? WorkerSlot::kNoLimit : max_jobs) {
    resize(slots);
  }

  // Adds vacant slots, or retires the highest ones: vacant slots go at once, others with their
  // process.
  void resize(std::uint32_t slots);
  [[nodiscard]] std::uint32_t wanted() const { return wanted_; }

  [[nodiscard]] std::vector<WorkerSlot>& slots() { return slots_; }
  [[nodiscard]] const std::vector<WorkerSlot>& slots() const { return slots_; }
  WorkerSlot& at(std::uint32_t index) { return slots_[index]; }
  WorkerSlot* find_pid(pid_t pid);
  WorkerSlot* find_spawn(std::uint64_t spawn);

  void starting(WorkerSlot& slot, std::uint64_t spawn, TimePoint now);
  void ready(WorkerSlot& slot, TimePoint now);
  void leaving(WorkerSlot& slot, TimePoint now);
  void deaf(WorkerSlot& slot, TimePoint now);
  void killed(WorkerSlot& slot, KillReason reason, TimePoint now);
  // The process is gone. The jobs in its hands must have been taken out before.
  void vacant(WorkerSlot& slot, TimePoint now);

  // The worker that became idle last: its caches are warm, and the others stay asleep.
  WorkerSlot* next_idle();
  [[nodiscard]] std::size_t idle_count() const { return idle_.size(); }

  // Gives `job` to a worker: as its current job, or ahead when it has one. Sets sequence and times.
  JobInHand& assign(WorkerSlot& slot, JobInHand job, TimePoint now);
  // Takes back a job sent ahead, which the worker must have lost the claim on.
  JobInHand take_ahead(WorkerSlot& slot, std::size_t index);
  // Takes every job out of the hands of a worker that died: the current one first.
  std::vector<JobInHand> take_all(WorkerSlot& slot);
  // How many more jobs could be sent ahead if every worker was sent up to `depth`.
  [[nodiscard]] std::size_t ahead_room(std::size_t depth) const;
  // How many are.
  [[nodiscard]] std::size_t ahead_count() const { return ahead_count_; }
  // The worker reported `sequence` finished; the first job ahead, if any, becomes current. Nothing
  // when the worker has no such job in hand.
  std::optional<JobInHand> finish(WorkerSlot& slot, JobSequence sequence, TimePoint now);

  [[nodiscard]] std::size_t count(WorkerState state) const;
  [[nodiscard]] std::size_t alive() const { return alive_; }
  [[nodiscard]] std::size_t vacancies() const { return slots_.size() - alive_; }
  [[nodiscard]] std::size_t busy() const;

 private:
  void forget_idle(const WorkerSlot& slot);
  void leave_service(WorkerSlot& slot, WorkerState state, TimePoint now);
  // Runs `change` on the slot with the counts kept true.
  template <typename Change>
  auto counted(WorkerSlot& slot, Change change);

  std::uint64_t max_jobs_;
  std::vector<WorkerSlot> slots_;
  std::vector<std::uint32_t> idle_;  // indices, the last one became idle last
  std::uint32_t wanted_ = 0;
  std::size_t alive_ = 0;
  std::size_t serving_ = 0;
  std::size_t ahead_room_ = 0;
  std::size_t ahead_count_ = 0;
};

}  // namespace narwhal
