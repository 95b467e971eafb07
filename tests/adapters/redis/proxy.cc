#include "proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "fake_server.h"

namespace narwhal::test {

Proxy::Proxy(std::string server)
    : server_(std::move(server)), listener_(listen_at(path_)), thread_([this] { run(); }) {}

Proxy::~Proxy() {
  stop_ = true;
  thread_.join();
}

void Proxy::run() {
  while (!stop_) {
    std::vector<pollfd> fds = {{listener_.get(), POLLIN, 0}};
    for (const auto& line : lines_) {
      fds.push_back({line.client.get(), POLLIN, 0});
      fds.push_back({line.server.get(), POLLIN, 0});
    }
    ::poll(fds.data(), fds.size(), 20);
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      Line& line = lines_[i];
      if (fds[2 * i + 1].revents != 0) line.cut = !pass(line.client.get(), line.server.get());
      if (line.cut || fds[2 * i + 2].revents == 0) continue;
      line.cut = lose_.exchange(false) || !pass(line.server.get(), line.client.get());
    }
    if (most_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    std::erase_if(lines_, [](const Line& line) { return line.cut; });
    if ((fds[0].revents & POLLIN) != 0) accept();
  }
}

void Proxy::accept() {
  Line line;
  line.client.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  line.server.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, server_.c_str(), server_.size());
  const auto* place = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(line.server.get(), place, sizeof(address)) == 0) lines_.push_back(std::move(line));
}

bool Proxy::pass(int from, int to) {
  std::array<char, 65536> buffer{};
  const std::size_t most = most_ == 0 ? buffer.size() : std::min(buffer.size(), most_.load());
  const ssize_t count = ::recv(from, buffer.data(), most, 0);
  if (count <= 0) return false;
  return ::send(to, buffer.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
}

}  // namespace narwhal::test
