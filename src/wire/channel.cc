#include "wire/channel.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "narwhal/posix_error.h"

namespace narwhal {
namespace {

constexpr std::size_t kChunk = std::size_t{64} * 1024;
// Up to here, copying a message costs less than a call with several parts.
constexpr std::size_t kWorthCopying = std::size_t{8} * 1024;

// Sends header, head and tail as one; returns how many bytes went out, 0 when none did.
Result<std::size_t> send_parts(int fd, const FrameHeader& header, std::string_view head,
                               std::string_view tail, int flags) {
  std::array<iovec, 3> parts{
      iovec{const_cast<FrameHeader*>(&header), sizeof header},
      iovec{const_cast<char*>(head.data()), head.size()},
      iovec{const_cast<char*>(tail.data()), tail.size()},
  };
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const ssize_t sent = ::sendmsg(fd, &message, flags | MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
  return posix_error("unable to send to the other process");
}

// Appends what of (header, head, tail) lies behind the first `sent` bytes.
void append_rest(std::string& out, std::size_t sent, const FrameHeader& header,
                 std::string_view head, std::string_view tail) {
  const std::string_view header_bytes{reinterpret_cast<const char*>(&header), sizeof header};
  for (const std::string_view part : {header_bytes, head, tail}) {
    const std::size_t skip = std::min(sent, part.size());
    out.append(part.substr(skip));
    sent -= skip;
  }
}

Result<bool> next_frame(FrameDecoder& decoder, FrameView& frame) {
  auto next = decoder.next();
  if (!next) return next.error();
  if (!next->has_value()) return false;
  frame = **next;
  return true;
}

FrameHeader make_header(MessageKind kind, std::size_t size) {
  return {static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(kind)};
}

}  // namespace

Result<void> MasterChannel::send(MessageKind kind, std::string_view head, std::string_view tail) {
  const FrameHeader header = make_header(kind, head.size() + tail.size());
  std::size_t sent = 0;
  if (!wants_write()) {
    auto now = send_parts(fd_.get(), header, head, tail, MSG_DONTWAIT);
    if (!now) return now.error();
    sent = *now;
  }
  append_rest(unsent_, sent, header, head, tail);
  return {};
}

Result<void> MasterChannel::queue(MessageKind kind, std::string_view head, std::string_view tail) {
  if (head.size() + tail.size() > kWorthCopying) return send(kind, head, tail);
  append_rest(unsent_, 0, make_header(kind, head.size() + tail.size()), head, tail);
  return {};
}

Result<void> MasterChannel::flush() {
  while (unsent_begin_ < unsent_.size()) {
    const ssize_t sent = ::send(fd_.get(), unsent_.data() + unsent_begin_,
                                unsent_.size() - unsent_begin_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN || errno == EINTR) return {};
      return posix_error("unable to send to a worker");
    }
    unsent_begin_ += static_cast<std::size_t>(sent);
  }
  unsent_.clear();
  if (unsent_.capacity() > kChunk) unsent_.shrink_to_fit();
  unsent_begin_ = 0;
  return {};
}

Result<MasterChannel::Read> MasterChannel::receive() {
  std::array<char, kChunk> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
  const ssize_t got = ::recv(fd_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (got == 0) return Read::closed;
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return Read::all;
    if (errno == ECONNRESET) return Read::closed;
    return posix_error("unable to receive from a worker");
  }
  decoder_.append({chunk.data(), static_cast<std::size_t>(got)});
  return static_cast<std::size_t>(got) < chunk.size() ? Read::all : Read::some;
}

Result<bool> MasterChannel::next(FrameView& frame) { return next_frame(decoder_, frame); }

Result<void> WorkerChannel::send(MessageKind kind, std::string_view body) {
  const FrameHeader header = make_header(kind, body.size());
  if (body.size() <= kWorthCopying) {
    small_.assign(reinterpret_cast<const char*>(&header), sizeof header).append(body);
    return send_all(small_);
  }
  if (auto sent = send_all({reinterpret_cast<const char*>(&header), sizeof header}); !sent) {
    return sent;
  }
  return send_all(body);
}

Result<void> WorkerChannel::send_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return posix_error("unable to send to the master");
    bytes.remove_prefix(sent < 0 ? 0 : static_cast<std::size_t>(sent));
  }
  return {};
}

Result<bool> WorkerChannel::next(FrameView& frame) { return next_frame(decoder_, frame); }

Result<WorkerChannel::Read> WorkerChannel::receive(FrameView& frame) {
  while (true) {
    auto have = next_frame(decoder_, frame);
    if (!have) return have.error();
    if (*have) return Read::frame;
    chunk_.resize(kChunk);
    const ssize_t got = ::recv(fd_.get(), chunk_.data(), chunk_.size(), 0);
    if (got == 0) return Read::closed;
    if (got < 0) {
      if (errno == EINTR || errno == EAGAIN) return Read::interrupted;
      if (errno == ECONNRESET) return Read::closed;
      return posix_error("unable to receive from the master");
    }
    decoder_.append({chunk_.data(), static_cast<std::size_t>(got)});
  }
}

}  // namespace narwhal
