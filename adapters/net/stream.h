// Stream: a non-blocking byte stream to a server, with or without TLS: connect, handshake, read,
// write. No call waits.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "adapters/net/address.h"
#include "adapters/net/tls.h"
#include "narwhal/unique_fd.h"

namespace narwhal::net {

class Stream {
 public:
  // Begins to connect. `tls` may be null.
  static Result<Stream> open(const Address& address, std::shared_ptr<TlsContext> tls);

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool established() const { return state_ == State::established; }
  // Whether the socket has to become writable for things to go on, output aside.
  [[nodiscard]] bool wants_write() const {
    return state_ == State::connecting || (session_ != nullptr && session_->wants_write());
  }
  // Decrypted input that no select() reports.
  [[nodiscard]] bool has_pending() const { return session_ != nullptr && session_->has_pending(); }

  // Carries on with connecting; call when the socket is ready, until established().
  Result<void> advance(bool writable);
  // How many bytes were moved; 0: not now. The end of the stream is an Error.
  Result<std::size_t> read(char* bytes, std::size_t room);
  Result<std::size_t> write(const char* bytes, std::size_t count);

 private:
  enum class State : std::uint8_t { connecting, handshaking, established };

  Stream(UniqueFd fd, std::string host, std::shared_ptr<TlsContext> tls)
      : fd_(std::move(fd)), host_(std::move(host)), tls_(std::move(tls)) {}
  Result<void> connected();
  Result<void> shake_hands();

  UniqueFd fd_;
  std::string host_;
  std::shared_ptr<TlsContext> tls_;
  std::unique_ptr<TlsSession> session_;
  State state_ = State::connecting;
};

}  // namespace narwhal::net
