// QuitSignal: QUIT to a worker process, which asks it to finish the job in hand and leave. The
// handler can only reach static storage, hence one per process.
#pragma once

#include "narwhal/unique_fd.h"

namespace narwhal {

class QuitSignal {
 public:
  // Takes the signal. `channel` is the socket that the worker waits on: borrowed.
  explicit QuitSignal(int channel);

  [[nodiscard]] static bool came();
  // For a worker that does not wait in recv(): makes descriptor(), to be waited on after a look at
  // came().
  void make_pollable();
  // Readable when the channel is, and from the signal on: for poll(2).
  [[nodiscard]] int descriptor() const { return either_.valid() ? either_.get() : channel_; }

 private:
  int channel_;
  UniqueFd event_;
  UniqueFd either_;
};

}  // namespace narwhal
