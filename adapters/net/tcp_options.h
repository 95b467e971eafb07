// The options that every TCP connection to a broker has.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace narwhal::net {

// No delay for small messages; and a peer that vanished without a word is noticed within a minute
// even while nothing is asked of it. Best effort: a server is reached without them too.
inline void set_tcp_options(int socket) {
  constexpr int kKeepIdle = 30;  // seconds
  constexpr int kKeepInterval = 10;
  constexpr int kKeepCount = 3;
  const auto set = [socket](int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepIdle);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepInterval);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepCount);
}

}  // namespace narwhal::net
