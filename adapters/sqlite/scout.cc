#include "scout.h"

#include <algorithm>

namespace narwhal::sqlite {
namespace {

constexpr Duration kPollInterval = std::chrono::seconds{1};
// A job due further ahead is looked at again by then: nothing overflows, and slow clocks are caught
// up.
constexpr std::chrono::microseconds kLongestDelay = std::chrono::hours{24};

}  // namespace

void Scout::start(Session& session, TimePoint now) {
  stop();
  session_ = &session;
  if (!session.log) poll_at_ = now + kPollInterval;
}

void Scout::stop() {
  session_ = nullptr;
  lookout_ = {};
  poll_at_ = kNever;
  due_at_ = kNever;
  due_stale_ = true;
  files_changed_ = false;
}

void Scout::watch(PollSet& set) const {
  if (session_->log && !lookout_.in_series()) set.watch_read(session_->log->fd());
}

TimePoint Scout::wake_at() const {
  if (lookout_.due() || due_stale_) return TimePoint{};
  return std::min({lookout_.next_look(), due_at_, poll_at_});
}

bool Scout::due(TimePoint now) const { return lookout_.due() || due_stale_ || due_at_ <= now; }

Result<void> Scout::notice(const PollSet& ready, TimePoint now) {
  if (session_->log && ready.readable(session_->log->fd())) {
    const auto seen = session_->log->drain();
    if (seen.log_changed) lookout_.event(now);
    files_changed_ |= seen.files_changed;
  }
  if (poll_at_ <= now) {
    poll_at_ = now + kPollInterval;
    lookout_.event(now);
  }
  return lookout_.next_look() <= now ? look(now) : Result<void>{};
}

Result<void> Scout::look(TimePoint now) {
  bool quiet = false;
  if (lookout_.at_last_look()) {
    auto free = session_->no_writer();
    if (!free.ok()) return free.error();
    quiet = *free;
  }
  if (auto done = read_changes(now); !done.ok()) return done;
  if (quiet) {
    lookout_.end_series();
  } else {
    lookout_.looked(now);
  }
  return {};
}

// Others' commits may have brought ready jobs or delayed ones. Reads only: an idle master that took
// the write lock for each look would get in the way of a busy one.
Result<void> Scout::read_changes(TimePoint now) {
  auto changed = session_->others_committed();
  if (!changed.ok()) return changed.error();
  if (!*changed) return {};
  if (auto done = refresh_due(now); !done.ok()) return done;
  auto ready = session_->claimer->any_ready(queues_);
  if (!ready.ok()) return ready.error();
  if (*ready) lookout_.look_now();
  return {};
}

Result<void> Scout::refresh_due(TimePoint now) {
  auto due = session_->schedule->next_due();
  if (!due.ok()) return due.error();
  due_ = *due;
  due_stale_ = false;
  due_at_ = kNever;
  if (!due_) return {};
  const auto ahead =
      *due_ <= clock_.wall_now() ? std::chrono::microseconds{0} : *due_ - clock_.wall_now();
  due_at_ = now + std::min(ahead, kLongestDelay);
  return {};
}

Result<bool> Scout::promote(TimePoint now) {
  auto changed = session_->others_committed();
  if (!changed.ok()) return changed.error();
  if (*changed || due_stale_ || due_at_ <= now) {
    if (auto done = refresh_due(now); !done.ok()) return done.error();
  }
  const WallTime wall_now = clock_.wall_now();
  if (!due_ || *due_ > wall_now) return true;
  auto promoted = session_->schedule->promote(wall_now);
  if (!promoted.ok()) return promoted.error();
  if (auto done = refresh_due(now); !done.ok()) return done.error();
  return *promoted < Schedule::kAtOnce;
}

// Drains the events that our own commit raised, or they would wake us for nothing. One of them may
// be a stranger's who began to write since; once the write lock was free after the drain, what such
// a one wrote can be seen.
Result<void> Scout::found_all(TimePoint now) {
  lookout_.found_all();
  if (!session_->log) return {};
  const auto seen = session_->log->drain();
  files_changed_ |= seen.files_changed;
  if (!seen.log_changed && !lookout_.in_series()) return {};
  auto quiet = session_->no_writer();
  if (!quiet.ok()) return quiet.error();
  if (auto done = read_changes(now); !done.ok()) return done;
  if (*quiet) {
    lookout_.end_series();
  } else {
    lookout_.event(now);
  }
  return {};
}

}  // namespace narwhal::sqlite
