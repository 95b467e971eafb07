#include "lock_courtesy.h"

#include <fcntl.h>

#include <chrono>
#include <thread>

#include "narwhal/unique_fd.h"

namespace narwhal::sqlite {
namespace {

constexpr auto kStep = std::chrono::microseconds{200};
constexpr int kSteps = 100;

bool somebody_waits(int side_file) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = kCourtesyByte;
  lock.l_len = 1;
  return ::fcntl(side_file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

UniqueFd open_side_file(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

}  // namespace

bool master_waits(const std::string& owners_path) {
  const UniqueFd file = open_side_file(owners_path);
  return file.valid() && somebody_waits(file.get());
}

void let_masters_go_first(const std::string& owners_path) {
  const UniqueFd file = open_side_file(owners_path);
  if (!file.valid()) return;  // there never was a master
  for (int i = 0; i < kSteps && somebody_waits(file.get()); ++i) std::this_thread::sleep_for(kStep);
}

}  // namespace narwhal::sqlite
