#include "log_watch.h"

#include <sys/inotify.h>

#include <array>
#include <cstring>

#include "narwhal/poll_set.h"
#include "narwhal/posix_error.h"

namespace narwhal::sqlite {
namespace {

constexpr unsigned kDirectoryEvents =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

Result<LogWatch> LogWatch::open(const Location& location) {
  UniqueFd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd.valid()) return posix_error("unable to watch: " + location.path);
  if (auto fits = check_selectable(fd.get(), location.path); !fits.ok()) return fits.error();
  if (::inotify_add_watch(fd.get(), location.directory.c_str(), kDirectoryEvents) < 0) {
    return posix_error("unable to watch: " + location.directory);
  }
  LogWatch watch(location, std::move(fd));
  if (!watch.watch_log()) return posix_error("unable to watch: " + location.path + "-wal");
  return watch;
}

bool LogWatch::watch_log() {
  const std::string path = location_.path + "-wal";
  return ::inotify_add_watch(fd_.get(), path.c_str(), IN_MODIFY) >= 0;
}

LogWatch::Seen LogWatch::drain() {
  Seen seen;
  alignas(inotify_event) std::array<char, 4096> buffer;
  while (true) {
    const ssize_t size = ::read(fd_.get(), buffer.data(), buffer.size());
    if (size <= 0) return seen;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      note(event.len > 0 ? buffer.data() + at + sizeof event : "", event.mask, seen);
      at += sizeof event + event.len;
    }
  }
}

void LogWatch::note(const char* name, unsigned mask, Seen& seen) {
  if ((mask & IN_Q_OVERFLOW) != 0) {
    seen = {true, true};
  } else if (name == location_.wal_name()) {
    // Made anew: the old watch went with the old file.
    (void)watch_log();
    seen.log_changed = true;
  } else if ((mask & IN_MODIFY) != 0) {
    seen.log_changed = true;
  } else if (name == location_.name || (mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
    seen.files_changed = true;
  }
}

}  // namespace narwhal::sqlite
