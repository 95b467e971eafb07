#include "adapters/net/stream.h"

#include "adapters/net/tcp_options.h"
#include "narwhal/poll_set.h"
#include "narwhal/posix_error.h"

namespace narwhal::net {
namespace {

bool would_block(int number) { return number == EAGAIN || number == EWOULDBLOCK; }

}  // namespace

Result<Stream> Stream::open(const Address& address, std::shared_ptr<TlsContext> tls) {
  UniqueFd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return posix_error("unable to open a socket");
  if (auto fine = check_selectable(fd.get(), "the connection"); !fine.ok()) return fine.error();
  if (address.family() != AF_UNIX) set_tcp_options(fd.get());
  const bool done = ::connect(fd.get(), address.get(), address.length) == 0;
  // EAGAIN: a Unix socket whose backlog is full; there is nothing to wait for.
  if (!done && errno != EINPROGRESS && errno != EINTR) return posix_error("unable to connect");
  Stream stream(std::move(fd), address.place.host, std::move(tls));
  if (done) {
    if (auto up = stream.connected(); !up.ok()) return up.error();
  }
  return stream;
}

Result<void> Stream::advance(bool writable) {
  if (state_ == State::connecting) {
    if (!writable) return {};
    int number = 0;
    socklen_t size = sizeof(number);
    ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &number, &size);
    if (number != 0) return posix_error("unable to connect", number);
    return connected();
  }
  if (state_ == State::handshaking) return shake_hands();
  return {};
}

Result<void> Stream::connected() {
  state_ = State::established;
  if (tls_ == nullptr) return {};
  auto session = TlsSession::start(*tls_, fd(), host_);
  if (!session.ok()) return session.error();
  session_ = std::move(*session);
  state_ = State::handshaking;
  return shake_hands();
}

Result<void> Stream::shake_hands() {
  auto done = session_->handshake();
  if (!done.ok()) return done.error();
  if (*done == 1) state_ = State::established;
  return {};
}

Result<std::size_t> Stream::read(char* bytes, std::size_t room) {
  if (session_ != nullptr) return session_->read(bytes, room);
  const ssize_t count = ::recv(fd(), bytes, room, 0);
  if (count > 0) return static_cast<std::size_t>(count);
  if (count == 0) {
    return Error{ErrorKind::unavailable, "unable to read", "the server closed the connection"};
  }
  if (would_block(errno) || errno == EINTR) return std::size_t{0};
  return posix_error("unable to read");
}

Result<std::size_t> Stream::write(const char* bytes, std::size_t count) {
  if (session_ != nullptr) return session_->write(bytes, count);
  const ssize_t sent = ::send(fd(), bytes, count, MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (would_block(errno) || errno == EINTR) return std::size_t{0};
  return posix_error("unable to write");
}

}  // namespace narwhal::net
