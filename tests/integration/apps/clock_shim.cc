// A preload library that lets a test set the wall clock of one process and its children: their
// CLOCK_REALTIME is off by the seconds in the file that TEST_CLOCK names, and a byte in the FIFO
// "<file>.jump" tells them of the jump, as the kernel tells a timerfd with TFD_TIMER_CANCEL_ON_SET.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>

namespace {

using Offset = std::atomic<std::int64_t>;

Offset& offset() {
  static Offset* const mapped = [] {
    static Offset none{0};
    const char* file = std::getenv("TEST_CLOCK");
    const int fd = file == nullptr ? -1 : ::open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return &none;
    void* at = ::mmap(nullptr, sizeof(Offset), PROT_READ, MAP_SHARED, fd, 0);
    ::close(fd);
    return at == MAP_FAILED ? &none : static_cast<Offset*>(at);
  }();
  return *mapped;
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

std::atomic<int> fake_timer{-1};

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = real(clock, time);
  if (clock == CLOCK_REALTIME && result == 0) time->tv_sec += offset().load();
  return result;
}

extern "C" int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

extern "C" time_t time(time_t* result) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}

extern "C" int timerfd_create(clockid_t, int) noexcept {
  const std::string fifo = std::string(std::getenv("TEST_CLOCK")) + ".jump";
  fake_timer = ::open(fifo.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  return fake_timer;
}

extern "C" int timerfd_settime(int, int, const itimerspec*, itimerspec*) noexcept { return 0; }

extern "C" ssize_t read(int fd, void* buffer, size_t size) {
  static const auto real = next<ssize_t (*)(int, void*, size_t)>("read");
  const ssize_t result = real(fd, buffer, size);
  if (fd < 0 || fd != fake_timer.load() || result <= 0) return result;
  errno = ECANCELED;
  return -1;
}
