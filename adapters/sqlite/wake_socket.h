// The first of the three ways to learn of new jobs: a datagram socket beside the database. Whoever
// has committed a job sends one byte to each master; by then the job can be seen, so one look is
// enough.
#pragma once

#include <string>

#include "database.h"
#include "location.h"
#include "narwhal/result.h"
#include "narwhal/unique_fd.h"

namespace narwhal::sqlite {

// The receiving end; its file goes with it.
class WakeSocket {
 public:
  static Result<WakeSocket> open(const Location& location, const std::string& name);
  WakeSocket(WakeSocket&& other) noexcept = default;
  WakeSocket& operator=(WakeSocket&&) = delete;
  ~WakeSocket();

  [[nodiscard]] int fd() const { return fd_.get(); }
  void drain();

 private:
  WakeSocket(Location location, std::string name, UniqueFd fd)
      : location_(std::move(location)), name_(std::move(name)), fd_(std::move(fd)) {}

  Location location_;
  std::string name_;
  UniqueFd fd_;
};

void remove_wake_socket(const Location& location, const std::string& name);

// The sending end. Never waits: a socket that takes no more has a wake-up waiting in it.
class WakeSender {
 public:
  static Result<WakeSender> prepare(Database& database, const Location& location);

  // Wakes every master of the queue. Failures are of no interest: the other ways remain.
  void wake_all();

 private:
  WakeSender(Location location, Statement select, UniqueFd fd)
      : location_(std::move(location)), select_(std::move(select)), fd_(std::move(fd)) {}

  Location location_;
  Statement select_;
  UniqueFd fd_;
};

}  // namespace narwhal::sqlite
