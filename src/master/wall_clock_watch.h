// Notices when the wall clock is set (by an operator, by time synchronisation, after a suspend):
// due times of delayed jobs are wall-clock times and have to be looked at afresh. Costs one
// descriptor and wakes nobody otherwise (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
#pragma once

#include "narwhal/unique_fd.h"

namespace narwhal {

class WallClockWatch {
 public:
  WallClockWatch();

  // Readable after a jump; invalid where the kernel offers no such timer.
  [[nodiscard]] int descriptor() const { return timer_.get(); }
  // Call when readable. True: the clock was set.
  bool take_jump();

 private:
  void arm();

  UniqueFd timer_;
};

}  // namespace narwhal
