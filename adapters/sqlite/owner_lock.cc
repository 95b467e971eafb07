#include "owner_lock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "lock_courtesy.h"
#include "narwhal/posix_error.h"

namespace narwhal::sqlite {
namespace {

struct flock byte_lock(std::int64_t at, short type = F_WRLCK) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = at;
  lock.l_len = 1;
  return lock;
}

}  // namespace

Result<OwnerLock> OwnerLock::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!fd.valid()) return posix_error("unable to open: " + path);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return posix_error("unable to look at: " + path);
  return OwnerLock(path, std::move(fd), static_cast<std::int64_t>(status.st_ino));
}

bool OwnerLock::in_place() const {
  struct stat status {};
  return ::stat(path_.c_str(), &status) == 0 && static_cast<std::int64_t>(status.st_ino) == inode_;
}

Result<void> OwnerLock::hold(std::int64_t owner) {
  auto lock = byte_lock(owner);
  if (::fcntl(fd_.get(), F_OFD_SETLK, &lock) == 0) return {};
  return posix_error("unable to lock: " + path_ + ": byte " + std::to_string(owner));
}

void OwnerLock::ask_for_way(bool ask) {
  // Shared: several masters may ask at once.
  auto lock = byte_lock(kCourtesyByte, ask ? F_RDLCK : F_UNLCK);
  (void)::fcntl(fd_.get(), F_OFD_SETLK, &lock);
}

bool OwnerLock::held_elsewhere(std::int64_t owner) const {
  auto lock = byte_lock(owner);
  if (::fcntl(fd_.get(), F_OFD_GETLK, &lock) != 0) return true;
  return lock.l_type != F_UNLCK;
}

}  // namespace narwhal::sqlite
