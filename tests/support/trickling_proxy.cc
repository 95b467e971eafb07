#include "trickling_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <stdexcept>
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

TricklingProxy::TricklingProxy(std::string server, std::size_t piece,
                               std::chrono::microseconds pause)
    : server_(std::move(server)),
      piece_(piece),
      pause_(pause),
      listener_(listen_at(path())),
      thread_([this] { serve(); }) {}

TricklingProxy::~TricklingProxy() {
  stop_ = true;
  thread_.join();
}

void TricklingProxy::deaden_lines() {
  deaden_ = true;
  while (deaden_) std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

bool TricklingProxy::pass_on(int from, int to) const {
  std::string bytes(piece_, '\0');
  const ssize_t count = ::recv(from, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  if (::send(to, bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) != count) {
    return false;
  }
  if (pause_.count() > 0) std::this_thread::sleep_for(pause_);
  return true;
}

void TricklingProxy::serve() {
  Lines lines;
  while (!stop_) {
    serve_lines(lines);
    if (!deaden_) continue;
    dead_.splice(dead_.end(), lines);
    deaden_ = false;
  }
}

void TricklingProxy::serve_lines(Lines& lines) {
  std::vector<pollfd> set = {{listener_.get(), POLLIN, 0}};
  for (const auto& [client, server] : lines) {
    set.push_back({client.get(), POLLIN, 0});
    set.push_back({server.get(), POLLIN, 0});
  }
  ::poll(set.data(), set.size(), kTick);
  auto line = lines.begin();
  for (std::size_t i = 1; i < set.size(); i += 2) {
    bool alive = true;
    if (set[i].revents != 0) alive = pass_on(line->first.get(), line->second.get());
    if (alive && set[i + 1].revents != 0) {
      alive = pass_on(line->second.get(), line->first.get());
    }
    line = alive ? std::next(line) : lines.erase(line);
  }
  if (set[0].revents != 0) accept(lines);
}

void TricklingProxy::accept(Lines& lines) {
  UniqueFd client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  lines.emplace_back(std::move(client), dial(server_));
}

}  // namespace narwhal::test
