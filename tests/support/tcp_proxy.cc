#include "tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace narwhal::test {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

void set_nodelay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

}  // namespace

TcpProxy::TcpProxy(int server_port) : server_port_(server_port) {
  listen();
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  stop_ = true;
  thread_.join();
}

void TcpProxy::listen() {
  listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = loopback(port_);
  socklen_t size = sizeof(address);
  if (::bind(listener_.get(), generic(address), size) != 0 || ::listen(listener_.get(), 64) != 0) {
    throw std::runtime_error("unable to listen");
  }
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

void TcpProxy::Line::close() {
  for (UniqueFd* end : {&client, &server}) {
    ::shutdown(end->get(), SHUT_RDWR);
    end->reset();
  }
}

void TcpProxy::cut() {
  const std::lock_guard lock(mutex_);
  for (Line& line : lines_) line.close();
  ::shutdown(listener_.get(), SHUT_RDWR);
  lines_.clear();
  listener_.reset();
}

void TcpProxy::join() {
  const std::lock_guard lock(mutex_);
  listen();
}

void TcpProxy::set_filter(std::function<Filter()> make) {
  const std::lock_guard lock(mutex_);
  make_filter_ = std::move(make);
}

std::vector<TcpProxy::Piece> TcpProxy::recorded() {
  const std::lock_guard lock(mutex_);
  return recorded_;
}

void TcpProxy::say(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  for (const Line& line : lines_) {
    (void)::send(line.server.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
}

void TcpProxy::run() {
  while (!stop_) {
    serve();
    if (most_ > 0 || silent_) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

void TcpProxy::serve() {
  std::vector<pollfd> fds;
  {
    const std::lock_guard lock(mutex_);
    fds.push_back({listener_.get(), POLLIN, 0});  // -1 is passed over
    for (const Line& line : lines_) {
      fds.push_back({line.client.get(), POLLIN, 0});
      fds.push_back({line.server.get(), POLLIN, 0});
    }
  }
  if (silent_) fds.resize(1);
  ::poll(fds.data(), fds.size(), 5);
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < lines_.size() && 2 * i + 2 < fds.size(); ++i) {
    Line& line = lines_[i];
    // cut() has been here meanwhile.
    if (line.client.get() != fds[2 * i + 1].fd || line.server.get() != fds[2 * i + 2].fd) break;
    bool alive = true;
    if (fds[2 * i + 1].revents != 0) alive = pass(line, /*from_client=*/true);
    if (alive && fds[2 * i + 2].revents != 0) alive = pass(line, /*from_client=*/false);
    if (!alive) line.close();
  }
  std::erase_if(lines_, [](const Line& line) { return !line.client.valid(); });
  if (listener_.valid() && (fds[0].revents & POLLIN) != 0) accept();
}

void TcpProxy::accept() {
  Line line;
  line.client.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!line.client.valid()) return;
  line.server.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(server_port_);
  if (::connect(line.server.get(), generic(address), sizeof(address)) != 0) return;
  set_nodelay(line.client.get());
  set_nodelay(line.server.get());
  if (make_filter_) line.filter = make_filter_();
  lines_.push_back(std::move(line));
}

bool TcpProxy::pass(Line& line, bool from_client) {
  const int from = from_client ? line.client.get() : line.server.get();
  const int to = from_client ? line.server.get() : line.client.get();
  std::array<char, 65536> buffer;
  const std::size_t limit = most_;
  const std::size_t most = limit == 0 ? buffer.size() : std::min(buffer.size(), limit);
  const ssize_t count = ::recv(from, buffer.data(), most, 0);
  if (count <= 0) return false;
  std::string bytes(buffer.data(), static_cast<std::size_t>(count));
  if (recording_) recorded_.push_back({from_client, bytes});
  if (!from_client && line.filter) bytes = line.filter(bytes);
  return ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

}  // namespace narwhal::test
