// Preloaded into beanstalkd: a wall clock that never shows the same microsecond twice.
//
// beanstalkd 1.12 forgets a connection's timer when it wakes in the very microsecond in which the
// time to run of that connection's job ends: a job held by a silent client then stays reserved
// until the client speaks or hangs up. It busy-waits through the last millisecond, so that is no
// rare chance, and a test that waits for the end of a time to run would fail every third time.
#include <dlfcn.h>
#include <sys/time.h>

#include <algorithm>
#include <cstdint>

namespace {

using GetTimeOfDay = int (*)(timeval*, void*);

std::int64_t last_micros = 0;  // beanstalkd has one thread

}  // namespace

extern "C" __attribute__((visibility("default"))) int gettimeofday(timeval* time,
                                                                   void* zone) noexcept {
  static const auto real = reinterpret_cast<GetTimeOfDay>(::dlsym(RTLD_NEXT, "gettimeofday"));
  if (const int code = real(time, zone); code != 0) return code;
  const std::int64_t now = std::int64_t{time->tv_sec} * 1'000'000 + time->tv_usec;
  last_micros = std::max(now, last_micros + 1);
  time->tv_sec = last_micros / 1'000'000;
  time->tv_usec = last_micros % 1'000'000;
  return 0;
}
