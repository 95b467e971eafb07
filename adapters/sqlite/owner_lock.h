// OwnerLock: proof of life. Owner N holds a lock on byte N of a side file for as long as its
// process lives; the kernel lets go of it however the process ends. Anybody on the same kernel can
// look.
//
// The lock belongs to the open file (F_OFD_SETLK), not to the process: closing another descriptor
// of the same file, as POSIX locks would have it, does not drop it. The side file is never the
// database itself, whose descriptors belong to sqlite3 alone.
#pragma once

#include <cstdint>
#include <string>

#include "narwhal/result.h"
#include "narwhal/unique_fd.h"

namespace narwhal::sqlite {

class OwnerLock {
 public:
  static Result<OwnerLock> open(const std::string& path);

  // Names the side file: a lock proves something only to those who look at the same file.
  [[nodiscard]] std::int64_t file() const { return inode_; }
  // False when the file was deleted or replaced under us.
  [[nodiscard]] bool in_place() const;

  Result<void> hold(std::int64_t owner);
  // Tells writers that may wait that we were refused the write lock; see lock_courtesy.h.
  void ask_for_way(bool ask);
  // Whether somebody else holds owner's byte. True when that cannot be told.
  [[nodiscard]] bool held_elsewhere(std::int64_t owner) const;

 private:
  OwnerLock(std::string path, UniqueFd fd, std::int64_t inode)
      : path_(std::move(path)), fd_(std::move(fd)), inode_(inode) {}

  std::string path_;
  UniqueFd fd_;
  std::int64_t inode_;
};

}  // namespace narwhal::sqlite
