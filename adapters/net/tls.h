// TLS over a non-blocking socket. TlsContext holds what the files said (read once, at start);
// TlsSession is one connection's state.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "adapters/net/tls_settings.h"
#include "narwhal/result.h"

namespace narwhal::net {

class TlsContext {
 public:
  // Reads the files; null when TLS is off.
  static Result<std::shared_ptr<TlsContext>> make(const TlsSettings& settings);

  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }
  [[nodiscard]] bool verify() const { return verify_; }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  TlsContext(SSL_CTX* context, bool verify) : context_(context), verify_(verify) {}

  std::unique_ptr<SSL_CTX, Free> context_;
  bool verify_;
};

class TlsSession {
 public:
  // `name`: what the server's certificate must be for.
  static Result<std::unique_ptr<TlsSession>> start(const TlsContext& context, int fd,
                                                   const std::string& name);

  // Each returns how many bytes it moved; 0 when the socket is not ready. handshake(): 1 when done.
  Result<std::size_t> handshake();
  Result<std::size_t> read(char* bytes, std::size_t room);
  Result<std::size_t> write(const char* bytes, std::size_t count);

  // Whether the last call waits for the socket to be writable, whatever it was.
  [[nodiscard]] bool wants_write() const { return wants_write_; }
  // Decrypted input that no select() reports.
  [[nodiscard]] bool has_pending() const { return SSL_has_pending(ssl_.get()) == 1; }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  explicit TlsSession(SSL* ssl) : ssl_(ssl) {}
  Result<std::size_t> outcome(int code, std::size_t moved, const char* attempt);

  std::unique_ptr<SSL, Free> ssl_;
  bool wants_write_ = false;
};

}  // namespace narwhal::net
