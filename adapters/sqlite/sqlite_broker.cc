#include "sqlite_broker.h"

#include <algorithm>
#include <random>

#include "job_writer.h"
#include "narwhal/job_id.h"

namespace narwhal::sqlite {
namespace {

// "Call step() at once"; far from the ends of the clock, so differences to it do not overflow.
constexpr TimePoint kAtOnce{};

constexpr Duration kPollInterval = std::chrono::seconds{1};
// A job due far ahead is looked at again by then.
constexpr Duration kLongestDelay = std::chrono::hours{24};
// Length of the log, in pages of 4 KiB, at which the writer thread starts to write it back.
constexpr int kCheckpointFrames = 1000;

std::vector<std::string> names(const std::vector<QueueConfig>& queues) {
  std::vector<std::string> names;
  for (const auto& queue : queues) names.push_back(queue.name);
  return names;
}

}  // namespace

SqliteBroker::SqliteBroker(Location location, const BrokerConfig& config,
                           const BrokerContext& context)
    : location_(std::move(location)),
      max_payload_(context.max_payload),
      beat_interval_(context.lease / 3),
      clock_(*context.clock),
      queue_names_(names(config.queues)),
      order_(config.queues, std::random_device{}()),
      membership_(location_, context.name, context.lease),
      writer_(location_),
      checkpoint_at_(kCheckpointFrames) {}

SqliteBroker::~SqliteBroker() = default;

Result<void> SqliteBroker::connect(TimePoint now) {
  disconnect();
  // A queue that was here and is not any more must not silently become an empty one.
  auto session = Session::open(location_, max_payload_, identity_.empty());
  if (!session.ok()) return session.error();
  if (!identity_.empty() && identity_ != (*session)->identity) {
    lose_all("the database was replaced by another one");
    membership_.forget();
  }
  session_ = std::move(*session);
  identity_ = session_->identity;
  if (!session_->log) {
    poll_at_ = now + kPollInterval;
    notice(BrokerEvents::Level::warning, "unable to watch for new jobs, looking once a second");
  }
  beat_at_ = now;
  return {};
}

void SqliteBroker::disconnect() {
  session_.reset();
  joined_ = false;
  lock_.granted();
  lookout_ = {};
  poll_at_ = kNever;
  due_stale_ = true;
}

bool SqliteBroker::serving() const { return session_ != nullptr && joined_; }

void SqliteBroker::watch(PollSet& set) const {
  if (writer_.fd() >= 0) set.watch_read(writer_.fd());
  // News of jobs nobody has room for would only wake us.
  if (session_ == nullptr || want_ == 0) return;
  if (const auto* socket = membership_.wake_socket()) set.watch_read(socket->fd());
  if (session_->log && !lookout_.in_series()) set.watch_read(session_->log->fd());
}

TimePoint SqliteBroker::wake_at() const {
  const bool reports =
      !reports_.published.empty() || !reports_.lost.empty() || !reports_.notices.empty();
  if (reports) return kAtOnce;
  if (session_ == nullptr) return kNever;
  TimePoint at = beat_at_;
  bool work = !settlements_.empty();
  if (want_ > 0) {
    work = work || lookout_.due() || due_stale_;
    at = std::min({at, due_at_, poll_at_, lookout_.next_look()});
  }
  if (work) at = kAtOnce;
  return std::max(at, lock_.until());
}

void SqliteBroker::set_want(int want) {
  const int before = want_;
  want_ = fetching_ ? want : 0;
  // What happened while there was room for nothing went unseen.
  if (before == 0 && want_ > 0) lookout_.look_now();
}

Result<void> SqliteBroker::step(const PollSet& ready, TimePoint now, int want,
                                BrokerEvents& events) {
  set_want(want);
  collect_answers(ready);
  Result<void> done;
  if (session_ != nullptr) {
    done = notice_wake_ups(ready, now);
    if (done.ok() && turn_due(now)) done = take_turn(now, true, &events);
  }
  hand_out_reports(events);
  return done;
}

Result<void> SqliteBroker::flush(TimePoint now, int want) {
  set_want(want);
  if (session_ == nullptr || settlements_.empty() || !lock_.over(now)) return {};
  return take_turn(now, false, nullptr);
}

void SqliteBroker::collect_answers(const PollSet& ready) {
  if (writer_.fd() < 0 || !ready.readable(writer_.fd())) return;
  auto answers = writer_.take();
  unconfirmed_publishes_ -= answers.published.size();
  for (auto& published : answers.published) reports_.published.push_back(std::move(published));
  for (auto& line : answers.complaints) notice(BrokerEvents::Level::warning, std::move(line));
  if (!answers.depths.empty()) reports_.depths = std::move(answers.depths);
  if (answers.checkpointed) checkpointing_ = false;
}

void SqliteBroker::hand_out_reports(BrokerEvents& events) {
  const auto move_over = [](auto& from, auto& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  };
  move_over(reports_.published, events.published);
  move_over(reports_.lost, events.lost);
  move_over(reports_.notices, events.notices);
  move_over(reports_.depths, events.depths);
  reports_.clear();
}

// --- learning of new jobs

Result<void> SqliteBroker::notice_wake_ups(const PollSet& ready, TimePoint now) {
  if (auto* socket = membership_.wake_socket(); socket != nullptr && ready.readable(socket->fd())) {
    socket->drain();
    lookout_.look_now();
  }
  if (session_->log && ready.readable(session_->log->fd())) {
    const auto seen = session_->log->drain();
    if (seen.log_changed) lookout_.event(now);
    if (seen.files_changed) beat_at_ = std::min(beat_at_, now);
  }
  if (poll_at_ <= now) {
    poll_at_ = now + kPollInterval;
    lookout_.event(now);
  }
  if (want_ > 0 && lookout_.next_look() <= now) return look(now);
  return {};
}

Result<void> SqliteBroker::look(TimePoint now) {
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
// the write lock for a look would get in the way of a busy one.
Result<void> SqliteBroker::read_changes(TimePoint now) {
  auto changed = session_->others_committed();
  if (!changed.ok()) return changed.error();
  if (!*changed) return {};
  if (auto done = refresh_due(now); !done.ok()) return done;
  auto ready = session_->claimer->any_ready(queue_names_);
  if (!ready.ok()) return ready.error();
  if (*ready) lookout_.look_now();
  return {};
}

Result<void> SqliteBroker::refresh_due(TimePoint now) {
  auto due = session_->schedule->next_due();
  if (!due.ok()) return due.error();
  due_ = *due;
  due_stale_ = false;
  due_at_ = kNever;
  if (!due_) return {};
  const WallTime wall_now = clock_.wall_now();
  const bool near =
      *due_ - wall_now < std::chrono::duration_cast<std::chrono::microseconds>(kLongestDelay);
  due_at_ = now + (near ? std::max<Duration>(*due_ - wall_now, Duration{0}) : kLongestDelay);
  return {};
}

// No job is left. Drains the events that our own commit raised, or they would wake us for nothing.
// One of them may be a stranger's who began to write since; once the write lock was free after the
// drain, what such a one wrote can be seen.
Result<void> SqliteBroker::after_last_job(TimePoint now) {
  lookout_.found_all();
  if (!session_->log) return {};
  const auto seen = session_->log->drain();
  if (seen.files_changed) beat_at_ = std::min(beat_at_, now);
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

// --- the transaction

bool SqliteBroker::turn_due(TimePoint now) const {
  if (!lock_.over(now)) return false;
  if (!settlements_.empty() || beat_at_ <= now) return true;
  return want_ > 0 && (lookout_.due() || due_stale_ || due_at_ <= now);
}

Result<void> SqliteBroker::take_turn(TimePoint now, bool with_input, BrokerEvents* events) {
  if (beat_at_ <= now && !session_->file_in_place()) {
    return Error{ErrorKind::not_found, "unable to use database: " + location_.path,
                 "the file was moved, deleted or replaced"};
  }
  Turn turn;
  {
    auto transaction = Transaction::begin(session_->database);
    if (!transaction.ok()) return refused(transaction.error(), now);
    auto done = work(now, with_input, turn);
    if (done.ok()) done = transaction->commit();
    if (!done.ok()) return refused(done.error(), now);
  }
  lock_.granted();
  const bool last_job = turn.claimed && turn.claim.set_aside.empty() &&
                        turn.promoted < Schedule::kAtOnce &&
                        turn.claim.jobs.size() < static_cast<std::size_t>(want_);
  apply(std::move(turn), now, events);
  keep_log_short();
  if (last_job) return after_last_job(now);
  return {};
}

Result<void> SqliteBroker::refused(const Error& error, TimePoint now) {
  if (!is_busy(error)) return error;
  lock_.refused(now);
  return {};
}

Result<void> SqliteBroker::work(TimePoint now, bool with_input, Turn& turn) {
  if (auto done = settle_all(turn); !done.ok()) return done;
  if (!with_input) return {};
  if (beat_at_ <= now) {
    auto beat = membership_.beat(*session_->owners, now, clock_.wall_now());
    if (!beat.ok()) return beat.error();
    turn.beat = std::move(*beat);
  }
  return claim(now, turn);
}

Result<void> SqliteBroker::settle_all(Turn& turn) {
  const WallTime wall_now = clock_.wall_now();
  for (const auto& settlement : settlements_) {
    auto ours = session_->settler->apply(settlement, wall_now);
    if (!ours.ok()) return ours.error();
    if (!*ours) {
      turn.lost.push_back({settlement.reservation,
                           "job " + settlement.job +
                               " was taken back before its end was recorded: it may run twice"});
    }
    if (settlement.verdict.delay.count() > 0) due_stale_ = true;
  }
  return {};
}

Result<void> SqliteBroker::claim(TimePoint now, Turn& turn) {
  if (want_ == 0 || owner(turn) == 0) return {};
  auto changed = session_->others_committed();
  if (!changed.ok()) return changed.error();
  const WallTime wall_now = clock_.wall_now();
  if (*changed || due_stale_ || due_at_ <= now) {
    if (auto done = refresh_due(now); !done.ok()) return done;
  }
  if (due_ && *due_ <= wall_now) {
    auto promoted = session_->schedule->promote(wall_now);
    if (!promoted.ok()) return promoted.error();
    turn.promoted = *promoted;
    if (auto done = refresh_due(now); !done.ok()) return done;
  }
  auto claimed = session_->claimer->claim(order_.next(), static_cast<std::size_t>(want_),
                                          owner(turn), wall_now);
  if (!claimed.ok()) return claimed.error();
  turn.claim = std::move(*claimed);
  turn.claimed = true;
  return {};
}

std::int64_t SqliteBroker::owner(const Turn& turn) const {
  return turn.beat ? turn.beat->owner : membership_.owner();
}

// --- after the commit

void SqliteBroker::apply(Turn turn, TimePoint now, BrokerEvents* events) {
  settlements_.clear();
  for (auto& lost : turn.lost) reports_.lost.push_back(std::move(lost));
  if (turn.beat) apply_beat(*turn.beat, now);
  if (events != nullptr) hand_out(std::move(turn.claim), *events);
}

void SqliteBroker::apply_beat(const Membership::Beat& beat, TimePoint now) {
  if (beat.was_removed) lose_all("its lease ran out");
  membership_.committed(beat);
  joined_ = true;
  beat_at_ = now + beat_interval_;
  for (const auto& dead : beat.dead) {
    notice(BrokerEvents::Level::info,
           "a master is gone: name=" + dead.name + " pid=" + std::to_string(dead.pid));
  }
  if (beat.freed > 0) {
    notice(BrokerEvents::Level::warning,
           "took back " + std::to_string(beat.freed) + " jobs of masters that are gone");
  }
}

void SqliteBroker::hand_out(Claim claim, BrokerEvents& events) {
  for (auto& job : claim.jobs) {
    job.delivery.reservation = next_reservation_++;
    in_hand_.emplace(job.delivery.reservation, InHand{job.row, membership_.owner()});
    events.deliveries.push_back(std::move(job.delivery));
  }
  for (const auto& aside : claim.set_aside) {
    notice(BrokerEvents::Level::warning,
           "set aside as dead: job=" + aside.job + " queue=" + aside.queue + ": " + aside.reason);
  }
}

// A long log makes every read slower; writing it back costs an fsync, which is not for the loop.
void SqliteBroker::keep_log_short() {
  if (session_->log_frames < kCheckpointFrames) checkpoint_at_ = kCheckpointFrames;
  if (checkpointing_ || session_->log_frames < checkpoint_at_) return;
  checkpoint_at_ = session_->log_frames + kCheckpointFrames;
  if (auto asked = writer_.checkpoint(); !asked.ok()) {
    notice(BrokerEvents::Level::warning, asked.error().text());
    return;
  }
  checkpointing_ = true;
}

void SqliteBroker::lose_all(const std::string& reason) {
  for (const auto& [reservation, job] : in_hand_) reports_.lost.push_back({reservation, reason});
  for (const auto& each : settlements_) reports_.lost.push_back({each.reservation, reason});
  in_hand_.clear();
  settlements_.clear();
}

void SqliteBroker::notice(BrokerEvents::Level level, std::string text) {
  reports_.notices.push_back({level, std::move(text)});
}

// --- what the master hands in

void SqliteBroker::settle(Delivery job, Verdict verdict) {
  const auto at = in_hand_.find(job.reservation);
  if (at == in_hand_.end()) return;  // reported as lost already
  Settlement settlement;
  settlement.reservation = job.reservation;
  settlement.row = at->second.row;
  settlement.owner = at->second.owner;
  settlement.job = std::move(job.id);
  in_hand_.erase(at);
  if (verdict.rewritten) {
    settlement.queue = std::move(job.queue);
    settlement.payload = std::move(job.payload);
    settlement.priority = job.priority;
  }
  settlement.verdict = std::move(verdict);
  settlements_.push_back(std::move(settlement));
}

void SqliteBroker::publish(PublishToken token, NewJob job) {
  if (auto fine = check_new_job(job, max_payload_); !fine.ok()) {
    reports_.published.push_back({token, fine});
    return;
  }
  WriterThread::Publish request;
  request.token = token;
  request.id = job.id.empty() ? new_job_id() : job.id;
  request.job = std::move(job);
  request.now = clock_.wall_now();
  if (auto asked = writer_.publish(std::move(request)); !asked.ok()) {
    reports_.published.push_back({token, asked});
    return;
  }
  ++unconfirmed_publishes_;
}

std::size_t SqliteBroker::unconfirmed() const {
  return settlements_.size() + unconfirmed_publishes_;
}

void SqliteBroker::request_depths() {
  if (auto asked = writer_.count(queue_names_, clock_.wall_now()); !asked.ok()) {
    notice(BrokerEvents::Level::warning, asked.error().text());
  }
}

}  // namespace narwhal::sqlite
