#include "master/wall_clock_watch.h"

#include <sys/timerfd.h>

#include <cerrno>
#include <cstdint>

namespace narwhal {

WallClockWatch::WallClockWatch()
    : timer_(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)) {
  arm();
}

bool WallClockWatch::take_jump() {
  std::uint64_t expirations = 0;
  const bool jumped =
      ::read(timer_.get(), &expirations, sizeof expirations) < 0 && errno == ECANCELED;
  if (jumped) arm();
  return jumped;
}

void WallClockWatch::arm() {
  itimerspec far{};
  far.it_value.tv_sec = 4'102'444'800;  // the year 2100: it never expires
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, nullptr);
}

}  // namespace narwhal
