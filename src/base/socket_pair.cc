#include "base/socket_pair.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "narwhal/posix_error.h"

namespace narwhal {

Result<SocketPair> make_socket_pair(SocketKind kind) {
  int ends[2];
  const int type = (kind == SocketKind::stream ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC;
  if (::socketpair(AF_UNIX, type, 0, ends) != 0) return posix_error("unable to make a socket pair");
  return SocketPair{UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

Result<void> set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
    return posix_error("unable to make a descriptor non-blocking");
  }
  return {};
}

}  // namespace narwhal
