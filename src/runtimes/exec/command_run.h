// CommandRun: one started command, from its first byte of input to its end. It feeds stdin, passes
// stdout and stderr on to the log (the worker's own stderr) while keeping the tail of stderr, sends
// SIGTERM at the soft timeout and reaps the command. Whatever the command reads or writes, nothing
// here waits for it to do so; and when the log's reader is gone, it is not the command that finds
// out, by SIGPIPE.
#pragma once

#include <string_view>

#include "narwhal/clock.h"
#include "narwhal/runtime.h"
#include "runtimes/exec/command_end.h"
#include "runtimes/exec/command_process.h"

namespace narwhal::exec {

class CommandRun {
 public:
  // `host` and the job's payload must outlive the run.
  CommandRun(CommandProcess process, const narwhal_host& host, const narwhal_job& job);

  // Returns when the command itself has ended; what is left of its process group is killed then.
  // Processes that left the group may hold its pipes open; they are not waited for.
  CommandEnd to_end();

 private:
  [[nodiscard]] int poll_timeout() const;
  bool wait_for_event();  // true: the command has ended
  void feed_input();
  // Reads until nothing is there for the moment or `limit` bytes have come.
  void pass_on_from(UniqueFd& pipe, OutputTail* tail, std::size_t limit);
  void pass_on_rest(UniqueFd& pipe, OutputTail* tail);
  void end_group() const;
  void interrupt_if_due();
  void reap();

  CommandProcess process_;
  const narwhal_host& host_;
  std::string_view input_;  // what stdin has not taken yet
  TimePoint soft_deadline_ = kNever;
  bool mid_line_ = false;  // what was passed on so far does not end a line
  CommandEnd end_;
};

}  // namespace narwhal::exec
