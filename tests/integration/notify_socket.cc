#include "integration/notify_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <stdexcept>

namespace narwhal::test {

NotifySocket::NotifySocket(std::string path)
    : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("unable to bind: " + path_);
  }
}

const std::vector<std::string>& NotifySocket::messages() {
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size <= 0) return messages_;
    messages_.emplace_back(buffer.data(), static_cast<std::size_t>(size));
  }
}

int NotifySocket::count(const std::string& assignment) {
  int count = 0;
  for (const std::string& message : messages()) {
    count += ("\n" + message).find("\n" + assignment) != std::string::npos ? 1 : 0;
  }
  return count;
}

}  // namespace narwhal::test
