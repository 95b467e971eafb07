// Crew: the workers as the master reaches them. The table says who does what; this adds each
// worker's channel and shared page, sends jobs, and turns what arrives into calls.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "master/mold_link.h"
#include "master/worker_table.h"
#include "narwhal/config.h"
#include "narwhal/poll_set.h"
#include "wire/channel.h"
#include "wire/slot_page.h"

namespace narwhal {

// select() watches descriptors below FD_SETSIZE; some are left for brokers, signals and the mold.
inline constexpr int kOtherDescriptors = 74;
inline constexpr int kMostWorkers = FD_SETSIZE - kOtherDescriptors;

// What workers say. Views in the messages are valid during the call.
class CrewEvents {
 public:
  virtual ~CrewEvents() = default;
  virtual void worker_ready(WorkerSlot& slot, const WorkerReady& message) = 0;
  virtual void job_finished(WorkerSlot& slot, const JobFinished& message) = 0;
  virtual void enqueue_requested(WorkerSlot& slot, const Enqueue& message) = 0;
  // The worker closed its channel: it ended, most likely.
  virtual void worker_closed(WorkerSlot& slot) = 0;
  // The worker sent what cannot be read; nothing from it can be trusted any more.
  virtual void worker_garbled(WorkerSlot& slot) = 0;
};

class Crew {
 public:
  Crew(std::uint32_t workers, const LimitsConfig& limits);

  [[nodiscard]] WorkerTable& table() { return table_; }
  [[nodiscard]] const WorkerTable& table() const { return table_; }

  void watch(PollSet& set) const { set.add_all(watched_); }
  // Reads from every worker that `ready` names, and sends on what was stuck.
  void serve(const PollSet& ready, CrewEvents& events);
  // Reads what a dead worker left in its channel.
  void read_to_end(WorkerSlot& slot, CrewEvents& events);

  // Asks `mold` for a worker in this slot. False: not now.
  Result<bool> start(WorkerSlot& slot, MoldLink& mold, TimePoint now);

  // Gives the worker a job; it leaves with send_given(). The worker runs it if it claims it before
  // withdraw().
  void give(WorkerSlot& slot, JobInHand job, TimePoint now);
  // Sends what was given since the last call, in one write for each worker.
  void send_given();
  // True: the worker has not started `job` and will not.
  bool withdraw(WorkerSlot& slot, const JobInHand& job);
  // Takes back what was sent ahead and not begun, in the order in which it would have run.
  std::vector<JobInHand> withdraw_ahead(WorkerSlot& slot);
  void tell_to_leave(WorkerSlot& slot, TimePoint now);
  void raise_stopping(WorkerSlot& slot);
  void raise_soft_timeout(WorkerSlot& slot, int interrupt_signal);
  // The running job's deadline, as far as it moved it itself.
  [[nodiscard]] TimePoint deadline(const WorkerSlot& slot) const;
  // The class of a job that a dead worker had begun; empty: it died before it could say one.
  [[nodiscard]] std::string job_class(const WorkerSlot& slot, const JobInHand& job) const {
    return line(slot).page->job_class(job.sequence);
  }
  void answer_enqueue(WorkerSlot& slot, std::uint64_t token, std::string_view error);

  void kill(WorkerSlot& slot, KillReason reason, TimePoint now);
  // After the worker was reaped: takes its process group along and frees channel and page.
  void bury(WorkerSlot& slot, TimePoint now);

 private:
  struct Line {
    std::unique_ptr<MasterChannel> channel;
    SharedSlotPage page;
  };

  Line& line(const WorkerSlot& slot) { return lines_[slot.index]; }
  [[nodiscard]] const Line& line(const WorkerSlot& slot) const { return lines_[slot.index]; }
  // The slot whose channel has this descriptor.
  WorkerSlot* owner(int fd);
  void open(const WorkerSlot& slot, UniqueFd socket, SharedSlotPage page);
  void close_channel(const WorkerSlot& slot);
  void send(const WorkerSlot& slot, MessageKind kind, std::string_view head,
            std::string_view tail = {});
  void read(WorkerSlot& slot, CrewEvents& events, int most_reads);
  bool apply_messages(WorkerSlot& slot, CrewEvents& events);
  static bool apply(WorkerSlot& slot, const FrameView& frame, CrewEvents& events);

  WorkerTable table_;
  LimitsConfig limits_;
  std::vector<Line> lines_;
  std::vector<std::uint32_t> given_;  // slots with jobs to send
  PollSet watched_;                   // every open channel, kept up as they open, fill and close
  std::array<std::int16_t, FD_SETSIZE> owners_;  // slot index by descriptor; -1: none
  std::uint64_t spawns_ = 0;
  std::string out_;  // the message being built; kept to reuse its memory
};

}  // namespace narwhal
