// Lookout: when to look for jobs. Pure; the caller tells it what it saw and asks what to do.
//
// A log event says that somebody is committing. Between the event and the moment at which the
// commit can be seen lies the writer's fsync, and nothing announces that moment. So an event starts
// a series of looks, after 0, 0.5, 1, 2, 4 and 8 ms; meanwhile further events ask for nothing, so a
// busy neighbour costs a look in 8 ms and no more. The series ends when the write lock was seen
// free: whoever raised an event has then either committed, which the look after shows, or given up.
#pragma once

#include <algorithm>
#include <chrono>

#include "narwhal/clock.h"

namespace narwhal::sqlite {

class Lookout {
 public:
  // Jobs may be waiting: claim as soon as there is room for one.
  [[nodiscard]] bool due() const { return due_; }
  void look_now() { due_ = true; }
  // A claim brought less than asked for: there is no more.
  void found_all() { due_ = false; }

  // Somebody wrote to the log.
  void event(TimePoint now) {
    if (in_series()) return;
    step_ = Duration{0};
    next_ = now;
  }
  [[nodiscard]] bool in_series() const { return next_ != kNever; }
  // Of the series; kNever outside one.
  [[nodiscard]] TimePoint next_look() const { return next_; }
  // The steps have run out: with this look the series may end.
  [[nodiscard]] bool at_last_look() const { return step_ >= kLongestStep; }
  void looked(TimePoint now) {
    step_ = step_.count() == 0 ? kShortestStep : std::min<Duration>(step_ * 2, kLongestStep);
    next_ = now + step_;
  }
  void end_series() { next_ = kNever; }

 private:
  static constexpr Duration kShortestStep = std::chrono::microseconds{500};
  static constexpr Duration kLongestStep = std::chrono::milliseconds{8};

  bool due_ = true;
  Duration step_{0};
  TimePoint next_ = kNever;
};

}  // namespace narwhal::sqlite
