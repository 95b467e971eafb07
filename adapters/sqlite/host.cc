#include "host.h"

#include <fcntl.h>

#include <array>

#include "narwhal/unique_fd.h"

namespace narwhal::sqlite {

std::string boot_id() {
  const UniqueFd file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return {};
  std::array<char, 36> text{};
  if (::read(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return {};
  return {text.data(), text.size()};
}

}  // namespace narwhal::sqlite
