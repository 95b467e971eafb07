#include "base/sd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "narwhal/unique_fd.h"

namespace narwhal {
namespace {

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string copy = value == nullptr ? "" : value;
  ::unsetenv(name);
  return copy;
}

}  // namespace

SdNotify SdNotify::from_environment() {
  SdNotify notify;
  notify.socket_ = take_variable("NOTIFY_SOCKET");
  const std::string pid = take_variable("WATCHDOG_PID");
  const std::string micros = take_variable("WATCHDOG_USEC");
  const bool for_us = pid.empty() || pid == std::to_string(::getpid());
  const long long value = std::atoll(micros.c_str());
  if (for_us && value > 0) notify.watchdog_ = std::chrono::microseconds{value};
  return notify;
}

void SdNotify::send(std::string_view assignments) const {
  sockaddr_un address{};
  if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // abstract socket
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!fd.valid()) return;
  ::sendto(fd.get(), assignments.data(), assignments.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace narwhal
