#include "trickling_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <list>
#include <stdexcept>
#include <utility>
#include <vector>

namespace narwhal::test {
namespace {

constexpr int kTick = 20;  // milliseconds until a stop is noticed

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

UniqueFd listen_at(const std::string& path) {
  UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const sockaddr_un address = address_of(path);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 64) != 0) {
    throw std::runtime_error("unable to listen at " + path);
  }
  return socket;
}

UniqueFd dial(const std::string& path) {
  UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const sockaddr_un address = address_of(path);
  (void)!::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return socket;
}

}  // namespace

TricklingProxy::TricklingProxy(std::string server, std::size_t piece)
    : server_(std::move(server)),
      piece_(piece),
      listener_(listen_at(path())),
      thread_([this] { serve(); }) {}

TricklingProxy::~TricklingProxy() {
  stop_ = true;
  thread_.join();
}

bool TricklingProxy::pass_on(int from, int to) const {
  std::string bytes(piece_, '\0');
  const ssize_t count = ::recv(from, bytes.data(), bytes.size(), 0);
  return count > 0 &&
         ::send(to, bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
}

void TricklingProxy::serve() {
  std::list<std::pair<UniqueFd, UniqueFd>> pairs;
  while (!stop_) {
    std::vector<pollfd> set = {{listener_.get(), POLLIN, 0}};
    for (const auto& [client, server] : pairs) {
      set.push_back({client.get(), POLLIN, 0});
      set.push_back({server.get(), POLLIN, 0});
    }
    ::poll(set.data(), set.size(), kTick);
    auto pair = pairs.begin();
    for (std::size_t i = 1; i < set.size(); i += 2) {
      bool alive = true;
      if (set[i].revents != 0) alive = pass_on(pair->first.get(), pair->second.get());
      if (alive && set[i + 1].revents != 0) {
        alive = pass_on(pair->second.get(), pair->first.get());
      }
      pair = alive ? std::next(pair) : pairs.erase(pair);
    }
    if (set[0].revents == 0) continue;
    UniqueFd client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    pairs.emplace_back(std::move(client), dial(server_));
  }
}

}  // namespace narwhal::test
