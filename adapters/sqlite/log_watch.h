// The second way to learn of new jobs: inotify on the write-ahead log, for producers that know
// nothing of Narwhal. Also notices when the database file is moved, deleted or replaced.
//
// The event comes when the log is written, before the commit can be seen, and our own commits raise
// it too: it says when to look, not what is there (see lookout.h).
#pragma once

#include <string>

#include "location.h"
#include "narwhal/result.h"
#include "narwhal/unique_fd.h"

namespace narwhal::sqlite {

class LogWatch {
 public:
  static Result<LogWatch> open(const Location& location);

  struct Seen {
    bool log_changed = false;
    bool files_changed = false;  // something happened to the database's own name
  };

  [[nodiscard]] int fd() const { return fd_.get(); }
  // Reads all that has happened.
  Seen drain();

 private:
  LogWatch(Location location, UniqueFd fd) : location_(std::move(location)), fd_(std::move(fd)) {}
  bool watch_log();
  void note(const char* name, unsigned mask, Seen& seen);

  Location location_;
  UniqueFd fd_;
};

}  // namespace narwhal::sqlite
