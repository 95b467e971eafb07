// Turns errno into an Error. The only place that does, so every system failure reads alike.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "narwhal/result.h"

namespace narwhal {

inline std::string errno_text(int number) { return std::generic_category().message(number); }

// `context` says what was attempted and on what, e.g. "unable to open: /etc/narwhal.toml".
inline Error posix_error(std::string context, int number = errno) {
  ErrorKind kind = ErrorKind::io;
  switch (number) {
    case ENOENT:
      kind = ErrorKind::not_found;
      break;
    case EACCES:
    case EPERM:
      kind = ErrorKind::refused;
      break;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EAGAIN:
      kind = ErrorKind::unavailable;
      break;
    default:
      break;
  }
  return Error{kind, std::move(context), errno_text(number)};
}

}  // namespace narwhal
