// The worker process: take a job, claim it, run it through the runtime, say how it ended; one at a
// time. It blocks while it waits: end of file on its channel means that the master is gone.
//
// Signals: QUIT finishes the job in hand and leaves. TERM ends the process at once. Those of the
// master do nothing here.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/log.h"
#include "narwhal/runtime.h"
#include "process/quit_signal.h"
#include "wire/channel.h"
#include "wire/slot_page.h"

namespace narwhal {

class Worker {
 public:
  Worker(const narwhal_runtime& runtime, WorkerChannel channel, SharedSlotPage page,
         std::uint32_t slot, Log& log);

  // Says that it is ready, then runs jobs until told to leave or the master is gone. Returns the
  // exit status.
  int run();

  // What the runtime may ask for, through Host.
  [[nodiscard]] std::uint32_t state() const;
  bool extend_deadline(std::uint64_t milliseconds);
  // Empty when every job is stored, else why not.
  std::string enqueue(std::span<const narwhal_new_job> jobs);
  void set_process_group(pid_t group) { page_->process_group.store(group); }
  void set_job_class(std::string_view name) {
    if (running_ != nullptr) page_->set_job_class(running_->sequence, name);
  }
  void log(LogConfig::Level level, std::string_view text);

 private:
  // False: time to leave.
  bool take_message();
  void apply(const FrameView& frame);
  void run_job(const RunJob& job);
  void report(const RunJob& job, const narwhal_result& result, std::int64_t took);
  bool wait_for_input();

  const narwhal_runtime& runtime_;
  WorkerChannel channel_;
  SharedSlotPage page_;
  std::uint32_t slot_;
  Log& log_;
  std::optional<QuitSignal> quit_;  // from run() on: an app's hooks come before
  bool leaving_ = false;
  const RunJob* running_ = nullptr;
  // A job that enqueues reads from the channel while it runs: the bytes it still looks at, and the
  // messages that came in meanwhile.
  std::string held_;
  std::deque<std::pair<std::uint32_t, std::string>> early_;
  std::uint64_t enqueues_ = 0;
  std::string out_;  // the message being built; kept to reuse its memory
};

}  // namespace narwhal
