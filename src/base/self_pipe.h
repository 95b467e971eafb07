// Signals as data: handlers count the signal and write one byte to a pipe that the loop selects on;
// the loop takes the counts. The pipe only wakes: a full pipe loses nothing, because the counts are
// kept beside it.
//
// One SelfPipe per process, since a handler can only reach static storage.
#pragma once

#include <array>
#include <csignal>
#include <cstdint>
#include <span>
#include <string_view>

#include "narwhal/result.h"
#include "narwhal/unique_fd.h"

namespace narwhal {

struct SignalMeaning {
  int number;
  std::string_view name;
  std::string_view meaning;
};

// The signals the master acts on: the one table behind handlers, help and man page.
std::span<const SignalMeaning> master_signals();

// "SIGSEGV", or "signal 77" for one without a name.
std::string_view signal_name(int number);

class SelfPipe {
 public:
  // Installs handlers for `signals`; those of `ignored` that have their default
  // action are set to SIG_IGN. Call first thing in main(): a
  // signal that arrives later is kept until the loop asks for it.
  static Result<SelfPipe> install(std::span<const SignalMeaning> signals,
                                  std::span<const int> ignored);

  SelfPipe(SelfPipe&&) = default;
  SelfPipe& operator=(SelfPipe&&) = default;

  [[nodiscard]] int descriptor() const { return reader_.get(); }

  // Empties the pipe. Call before take(), so that a signal arriving in between wakes the loop
  // again.
  void drain();

  // How often `signal` arrived since the last call for it.
  static std::uint32_t take(int signal);

 private:
  SelfPipe(UniqueFd reader, UniqueFd writer)
      : reader_(std::move(reader)), writer_(std::move(writer)) {}

  UniqueFd reader_;
  UniqueFd writer_;
};

// Default dispositions and an empty mask: what a child must have before it becomes something else.
void reset_signals();

}  // namespace narwhal
