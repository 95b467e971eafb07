#include "trickling_proxy.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
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

bool is_port(const std::string& address) { return !address.starts_with('/'); }

sockaddr_in loopback(const std::string& address) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  place.sin_port =
      htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  return place;
}

// `call`: bind or connect.
template <typename Call>
UniqueFd open_at(const std::string& address, Call call) {
  UniqueFd socket{::socket(is_port(address) ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int failed = 0;
  if (is_port(address)) {
    const sockaddr_in place = loopback(address);
    failed = call(socket.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place);
  } else {
    const sockaddr_un place = address_of(address);
    failed = call(socket.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place);
  }
  if (failed != 0) socket.reset();
  return socket;
}

// A port is chosen, and written into `address`.
UniqueFd listen_at(std::string& address) {
  UniqueFd socket = open_at(address, ::bind);
  if (!socket.valid() || ::listen(socket.get(), 64) != 0) {
    throw std::runtime_error("unable to listen at " + address);
  }
  if (is_port(address)) {
    sockaddr_in place{};
    socklen_t size = sizeof place;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&place), &size);
    address = "127.0.0.1:" + std::to_string(ntohs(place.sin_port));
  }
  return socket;
}

// Each piece is sent at once.
void set_nodelay(const UniqueFd& socket) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

TricklingProxy::TricklingProxy(std::string server, std::size_t piece,
                               std::chrono::microseconds pause)
    : path_(is_port(server) ? "127.0.0.1:0" : directory_.file("socket")),
      server_(std::move(server)),
      piece_(piece),
      pause_(pause),
      listener_(listen_at(path_)),
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
  UniqueFd server = open_at(server_, ::connect);
  if (!server.valid()) return;
  if (is_port(server_)) {
    set_nodelay(client);
    set_nodelay(server);
  }
  lines.emplace_back(std::move(client), std::move(server));
}

}  // namespace narwhal::test
