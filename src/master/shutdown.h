// How the daemon ends. QUIT drains: running jobs may finish until drain_timeout. TERM stops:
// workers are killed and their jobs given back, within stop_timeout. A second signal hastens the
// first. Pure.
#pragma once

#include <cstdint>

#include "narwhal/clock.h"
#include "narwhal/config.h"

namespace narwhal {

class Shutdown {
 public:
  enum class Phase : std::uint8_t { serving, draining, stopping, over };

  explicit Shutdown(const StopConfig& config) : config_(config) {}

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] bool serving() const { return phase_ == Phase::serving; }
  [[nodiscard]] bool stopping() const { return phase_ == Phase::stopping || phase_ == Phase::over; }
  // When tick() would change something by itself.
  [[nodiscard]] TimePoint deadline() const { return deadline_; }

  // QUIT. While draining already: as TERM.
  void drain(TimePoint now) {
    if (phase_ == Phase::serving) {
      enter(Phase::draining, now + config_.drain_timeout);
    } else {
      stop(now);
    }
  }
  // TERM, INT. While stopping already: at once.
  void stop(TimePoint now) {
    if (phase_ == Phase::stopping) {
      enter(Phase::over, kNever);
    } else if (phase_ != Phase::over) {
      enter(Phase::stopping, now + config_.stop_timeout);
    }
  }
  void tick(TimePoint now) {
    if (now < deadline_) return;
    if (phase_ == Phase::draining) {
      stop(now);
    } else if (phase_ == Phase::stopping) {
      enter(Phase::over, kNever);
    }
  }
  // Nothing is left to wait for.
  void finish() { enter(Phase::over, kNever); }

 private:
  void enter(Phase phase, TimePoint deadline) {
    phase_ = phase;
    deadline_ = deadline;
  }

  StopConfig config_;
  Phase phase_ = Phase::serving;
  TimePoint deadline_ = kNever;
};

}  // namespace narwhal
