#include "runtimes/ruby/signal_guard.h"

namespace narwhal::ruby {

void SignalGuard::remember() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &actions_[i]);
  }
}

void SignalGuard::restore() const {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction now {};
    ::sigaction(kSignals[i], nullptr, &now);
    if (now.sa_handler != actions_[i].sa_handler) ::sigaction(kSignals[i], &actions_[i], nullptr);
  }
}

}  // namespace narwhal::ruby
