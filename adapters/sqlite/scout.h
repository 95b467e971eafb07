// Scout: whether asking for jobs is worth a transaction now. Brings together the watch on the log,
// the delayed jobs' clock and, where the log cannot be watched, a poll; the broker adds wake-ups by
// producers. Used by SqliteBroker; tied to a session between start() and stop().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lookout.h"
#include "narwhal/clock.h"
#include "narwhal/poll_set.h"
#include "session.h"

namespace narwhal::sqlite {

class Scout {
 public:
  Scout(const Clock& clock, std::vector<std::string> queues)
      : clock_(clock), queues_(std::move(queues)) {}

  void start(Session& session, TimePoint now);
  void stop();

  // The calls below need a session.

  void watch(PollSet& set) const;
  [[nodiscard]] TimePoint wake_at() const;
  // Takes in what the descriptors say and looks where that is due.
  Result<void> notice(const PollSet& ready, TimePoint now);
  // Whether the database's own file was touched since the last call.
  bool files_changed() { return std::exchange(files_changed_, false); }

  // Whether to claim now.
  [[nodiscard]] bool due(TimePoint now) const;
  // Before a claim, in its transaction: makes due jobs ready. Returns whether that were all.
  Result<bool> promote(TimePoint now);
  // After a claim that left nothing ready behind.
  Result<void> found_all(TimePoint now);

  void look_now() { lookout_.look_now(); }
  // Delayed jobs were added, or the wall clock was moved.
  void due_times_changed() { due_stale_ = true; }

 private:
  Result<void> look(TimePoint now);
  Result<void> read_changes(TimePoint now);
  Result<void> refresh_due(TimePoint now);

  const Clock& clock_;
  std::vector<std::string> queues_;
  Session* session_ = nullptr;
  Lookout lookout_;
  TimePoint poll_at_ = kNever;
  std::optional<WallTime> due_;  // the next delayed job
  TimePoint due_at_ = kNever;
  bool due_stale_ = true;
  bool files_changed_ = false;
};

}  // namespace narwhal::sqlite
