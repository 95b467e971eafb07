#include "link.h"

#include <sys/socket.h>

#include <array>

#include "adapters/net/tcp_options.h"

namespace narwhal::beanstalkd {
namespace {

constexpr std::size_t kReadSize = std::size_t{64} * 1024;
constexpr int kMostReads = 16;
// An output buffer that once held a large payload is given back when it is over this.
constexpr std::size_t kKeptBuffer = std::size_t{64} * 1024;

}  // namespace

Result<bool> Link::open(const net::Address& address, const std::string& name) {
  close();
  name_ = name;
  socket_.reset(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_.valid()) return posix_error("unable to create a socket");
  if (auto fits = check_selectable(socket_.get(), "connection to " + name_); !fits.ok()) {
    close();
    return fits.error();
  }
  if (address.family() != AF_UNIX) net::set_tcp_options(socket_.get());
  if (::connect(socket_.get(), address.get(), address.length) == 0) return true;
  const int number = errno;
  if (number == EINPROGRESS || number == EINTR) {
    connecting_ = true;
    return true;
  }
  close();
  if (number == EAGAIN) return false;  // a Unix socket whose backlog is full
  return posix_error("unable to connect to " + name_, number);
}

void Link::close() {
  socket_.reset();
  connecting_ = false;
  out_.clear();
  sent_ = 0;
  replies_ = ReplyParser(largest_body_);
}

void Link::watch(PollSet& set) const {
  if (!is_open()) return;
  set.watch_read(socket_.get());
  if (wants_write()) set.watch_write(socket_.get());
}

Result<void> Link::finish_connecting() {
  int number = 0;
  socklen_t size = sizeof number;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &number, &size);
  if (number != 0) return posix_error("unable to connect to " + name_, number);
  sockaddr_storage peer{};
  size = sizeof peer;
  if (::getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size) == 0) {
    connecting_ = false;
  }
  return {};
}

Result<void> Link::send() {
  if (connecting_) {
    if (auto done = finish_connecting(); !done.ok() || connecting_) return done;
  }
  while (sent_ < out_.size()) {
    const ssize_t count =
        ::send(socket_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return {};
      return posix_error("unable to write to " + name_);
    }
    sent_ += static_cast<std::size_t>(count);
  }
  if (out_.capacity() > kKeptBuffer) std::string{}.swap(out_);
  out_.clear();
  sent_ = 0;
  return {};
}

Result<bool> Link::receive() {
  std::array<char, kReadSize> bytes;
  for (int i = 0; i < kMostReads && is_open(); ++i) {
    const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOTCONN) return false;
      return posix_error("unable to read from " + name_);
    }
    if (count == 0) return true;
    replies_.feed({bytes.data(), static_cast<std::size_t>(count)});
    if (static_cast<std::size_t>(count) < bytes.size()) return false;
  }
  return false;
}

}  // namespace narwhal::beanstalkd
