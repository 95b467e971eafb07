#include "adapters/net/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <array>

#include "narwhal/posix_error.h"

namespace narwhal::net {
namespace {

std::string openssl_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

Error file_error(const char* what, const std::string& path) {
  return Error{ErrorKind::invalid, std::string("unable to read ") + what + ": " + path,
               openssl_reason()};
}

Result<void> load_files(SSL_CTX* context, const TlsSettings& settings) {
  if (settings.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_locations(context, settings.ca.c_str(), nullptr) != 1) {
    return file_error("CA certificates", settings.ca);
  }
  if (settings.cert.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, settings.cert.c_str()) != 1) {
    return file_error("certificate", settings.cert);
  }
  if (SSL_CTX_use_PrivateKey_file(context, settings.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return file_error("private key", settings.key);
  }
  return {};
}

bool is_address(const std::string& name) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  return ::inet_pton(AF_INET, name.c_str(), parsed.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), parsed.data()) == 1;
}

void expect_name(SSL* ssl, const std::string& name) {
  if (is_address(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str());
    return;
  }
  SSL_set_tlsext_host_name(ssl, name.c_str());
  SSL_set1_host(ssl, name.c_str());
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::make(const TlsSettings& settings) {
  if (!settings.enabled) return std::shared_ptr<TlsContext>{};
  SSL_CTX* raw = SSL_CTX_new(TLS_client_method());
  if (raw == nullptr) {
    return Error{ErrorKind::internal, "unable to set up TLS", openssl_reason()};
  }
  const std::shared_ptr<TlsContext> context(new TlsContext(raw, settings.verify));
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  // A write that could not be finished is tried again from a buffer that may have moved.
  SSL_CTX_set_mode(raw, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(raw, settings.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (auto loaded = load_files(raw, settings); !loaded.ok()) return loaded.error();
  return context;
}

Result<std::unique_ptr<TlsSession>> TlsSession::start(const TlsContext& context, int fd,
                                                      const std::string& name) {
  SSL* ssl = SSL_new(context.get());
  if (ssl == nullptr) return Error{ErrorKind::internal, "unable to start TLS", openssl_reason()};
  std::unique_ptr<TlsSession> session(new TlsSession(ssl));
  if (context.verify()) expect_name(ssl, name);
  SSL_set_fd(ssl, fd);
  SSL_set_connect_state(ssl);
  return session;
}

Result<std::size_t> TlsSession::handshake() {
  ERR_clear_error();
  return outcome(SSL_do_handshake(ssl_.get()), 1, "unable to set up TLS");
}

Result<std::size_t> TlsSession::read(char* bytes, std::size_t room) {
  ERR_clear_error();
  std::size_t moved = 0;
  const int code = SSL_read_ex(ssl_.get(), bytes, room, &moved);
  return outcome(code, moved, "unable to read");
}

Result<std::size_t> TlsSession::write(const char* bytes, std::size_t count) {
  ERR_clear_error();
  std::size_t moved = 0;
  const int code = SSL_write_ex(ssl_.get(), bytes, count, &moved);
  return outcome(code, moved, "unable to write");
}

Result<std::size_t> TlsSession::outcome(int code, std::size_t moved, const char* attempt) {
  wants_write_ = false;
  if (code == 1) return moved;
  switch (SSL_get_error(ssl_.get(), code)) {
    case SSL_ERROR_WANT_READ:
      return std::size_t{0};
    case SSL_ERROR_WANT_WRITE:
      wants_write_ = true;
      return std::size_t{0};
    case SSL_ERROR_ZERO_RETURN:
      return Error{ErrorKind::unavailable, attempt, "the server closed the connection"};
    case SSL_ERROR_SYSCALL:
      if (errno != 0) return posix_error(attempt);
      return Error{ErrorKind::unavailable, attempt, "the server closed the connection"};
    default:
      break;
  }
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_OK) {
    return Error{ErrorKind::refused, "unable to trust the server's certificate",
                 X509_verify_cert_error_string(verdict)};
  }
  return Error{ErrorKind::unavailable, attempt, openssl_reason()};
}

}  // namespace narwhal::net
