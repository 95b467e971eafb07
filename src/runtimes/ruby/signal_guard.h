// SignalGuard: the signals that the daemon and its workers speak with stay the daemon's, whatever
// the app traps. CHLD is not among them: Ruby needs it to wait for programs.
#pragma once

#include <array>
#include <csignal>

namespace narwhal::ruby {

class SignalGuard {
 public:
  // Remembers what each signal does now.
  void remember();
  // Makes it so again. Costs next to nothing when nobody has changed anything.
  void restore() const;

 private:
  static constexpr std::array kSignals = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                                          SIGUSR1, SIGTSTP, SIGTTIN, SIGTTOU};
  std::array<struct sigaction, kSignals.size()> actions_{};
};

}  // namespace narwhal::ruby
