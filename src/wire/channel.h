// Messages over one end of a stream socket pair.
//
// MasterChannel never blocks: what the socket does not take waits in a buffer of this channel
// alone, so a 64 MiB payload for one worker stalls no other. WorkerChannel blocks, as a worker has
// nothing else to do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "narwhal/result.h"
#include "narwhal/unique_fd.h"
#include "wire/frame.h"
#include "wire/message.h"

namespace narwhal {

class MasterChannel {
 public:
  // `limit`: the largest message accepted from the worker, in bytes.
  MasterChannel(UniqueFd fd, std::size_t limit) : fd_(std::move(fd)), decoder_(limit) {}

  [[nodiscard]] int descriptor() const { return fd_.get(); }
  [[nodiscard]] bool wants_write() const { return !unsent_.empty(); }

  // `tail` follows `head` in the same frame. An Error means the worker is gone.
  Result<void> send(MessageKind kind, std::string_view head, std::string_view tail = {});
  // As send(), but leaves with the next flush(), so that several small messages go out in one
  // write.
  Result<void> queue(MessageKind kind, std::string_view head, std::string_view tail);
  Result<void> flush();

  enum class Read : std::uint8_t {
    some,    // more may be waiting
    all,     // the socket is empty for now
    closed,  // end of file: the worker is gone
  };
  // Takes one read's worth of bytes in; next() then gives the messages that are whole.
  Result<Read> receive();
  // False: no whole message is left. The view is valid until the next receive().
  Result<bool> next(FrameView& frame);

 private:
  UniqueFd fd_;
  FrameDecoder decoder_;
  std::string unsent_;
  std::size_t unsent_begin_ = 0;
};

class WorkerChannel {
 public:
  WorkerChannel(UniqueFd fd, std::size_t limit) : fd_(std::move(fd)), decoder_(limit) {}

  [[nodiscard]] int descriptor() const { return fd_.get(); }

  Result<void> send(MessageKind kind, std::string_view body);

  // A message that has been received already, with one before it. False: there is none.
  Result<bool> next(FrameView& frame);

  enum class Read : std::uint8_t { frame, interrupted, closed };
  // The next message, waiting for it. `interrupted`: a signal arrived, or the socket's receive
  // timeout passed (see Worker::on_quit).
  Result<Read> receive(FrameView& frame);

  // Keeps the message last received valid while others are received: returns the bytes it lies in,
  // which the caller holds for as long as it needs the view.
  std::string detach() { return decoder_.detach(); }
  // The message last received is done with.
  void trim() { decoder_.trim(); }

 private:
  Result<void> send_all(std::string_view bytes);

  UniqueFd fd_;
  FrameDecoder decoder_;
  std::string chunk_;
  std::string small_;  // a message in one piece
};

}  // namespace narwhal
