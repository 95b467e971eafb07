// MoldLink: the master's side of the mold: start it by exec, ask it for workers, notice its death,
// start it again. The mold's death harms no worker.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/log.h"
#include "narwhal/poll_set.h"
#include "wire/mold_socket.h"

namespace narwhal {

class MoldLink {
 public:
  explicit MoldLink(MoldSettings settings) : settings_(std::move(settings)) {}

  enum class State : std::uint8_t { down, loading, ready };
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int interrupt_signal() const { return interrupt_signal_; }

  // False: it has closed its end, and is as good as reaped.
  [[nodiscard]] bool connected() const { return socket_.valid(); }

  void watch(PollSet& set) const {
    if (socket_.valid()) set.watch_read(socket_.get());
  }
  [[nodiscard]] bool readable(const PollSet& ready) const {
    return socket_.valid() && ready.readable(socket_.get());
  }

  // Starts the process and has it load the app. Precondition: down, and the last one reaped.
  Result<void> start();

  // Asks for a worker. False: not now (the socket is full, or the mold just died).
  Result<bool> request(const SpawnWorker& request);

  // What the mold has said since the last call.
  std::vector<MoldMessage> receive();

  void kill() const;
  // The process was reaped.
  void gone();

 private:
  MoldSettings settings_;
  State state_ = State::down;
  pid_t pid_ = 0;
  int interrupt_signal_ = 0;
  UniqueFd socket_;
};

}  // namespace narwhal
