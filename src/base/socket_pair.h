// A connected pair of Unix sockets whose two ends are named, so that which end to close after a
// fork or a descriptor passing is never a guess. Both ends are close-on-exec from birth.
#pragma once

#include "narwhal/result.h"
#include "narwhal/unique_fd.h"

namespace narwhal {

struct SocketPair {
  UniqueFd parent;
  UniqueFd child;
};

enum class SocketKind {
  stream,     // any message size; frames are ours
  seqpacket,  // keeps message boundaries; for the mold's small messages with descriptors
};

Result<SocketPair> make_socket_pair(SocketKind kind);

Result<void> set_nonblocking(int fd);

}  // namespace narwhal
