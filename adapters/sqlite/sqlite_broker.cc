#include "sqlite_broker.h"

#include <algorithm>
#include <iterator>

#include "job_writer.h"
#include "narwhal/job_id.h"

namespace narwhal::sqlite {
namespace {

std::vector<std::string> names(const std::vector<QueueConfig>& queues) {
  std::vector<std::string> names;
  names.reserve(queues.size());
  for (const auto& queue : queues) names.push_back(queue.name);
  return names;
}

template <typename Item>
void move_over(std::vector<Item>& from, std::vector<Item>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

SqliteBroker::SqliteBroker(Location location, const BrokerConfig& config,
                           const BrokerContext& context)
    : location_(std::move(location)),
      max_payload_(context.max_payload),
      beat_interval_(context.lease / 3),
      clock_(*context.clock),
      queues_(names(config.queues)),
      order_(config.queues),
      membership_(location_, context.name, context.lease),
      writer_(location_),
      scout_(clock_, queues_) {}

SqliteBroker::~SqliteBroker() { sign_off(); }

// A master that ends with nothing in hand leaves no row for the next one to find dead. If it cannot
// be removed now, that one will.
void SqliteBroker::sign_off() {
  if (session_ == nullptr || membership_.owner() == 0 || !hand_.empty()) return;
  auto transaction = Transaction::begin(session_->database);
  if (!transaction.ok()) return;
  if (session_->owners->remove(membership_.owner()).ok()) (void)transaction->commit();
}

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
  if (!session_->log) warn("unable to watch the log for new jobs: looking once a second");
  scout_.start(*session_, now);
  beat_at_ = now;
  return {};
}

void SqliteBroker::disconnect() {
  scout_.stop();
  session_.reset();
  joined_ = false;
  lock_.granted();
  membership_.wait_for_lock(false);
}

void SqliteBroker::watch(PollSet& set) const {
  if (writer_.fd() >= 0) set.watch_read(writer_.fd());
  // News of jobs that nobody has room for would only wake us.
  if (session_ == nullptr || (want_ == 0 && lock_.free())) return;
  if (const auto* socket = membership_.wake_socket()) set.watch_read(socket->fd());
  if (want_ > 0) scout_.watch(set);
}

TimePoint SqliteBroker::wake_at() const {
  const bool reports =
      !reports_.published.empty() || !reports_.lost.empty() || !reports_.notices.empty();
  if (reports) return TimePoint{};
  if (session_ == nullptr) return kNever;
  TimePoint at = hand_.settlements().empty() ? beat_at_ : TimePoint{};
  if (want_ > 0) at = std::min(at, scout_.wake_at());
  return std::max(at, lock_.until());
}

void SqliteBroker::set_want(int want) {
  const int before = want_;
  want_ = fetching_ ? want : 0;
  // What happened while there was room for nothing went unseen.
  if (before == 0 && want_ > 0) scout_.look_now();
}

Result<void> SqliteBroker::step(const PollSet& ready, TimePoint now, int want,
                                BrokerEvents& events) {
  set_want(want);
  collect_answers(ready);
  Result<void> done;
  if (session_ != nullptr) {
    heed_wake_up(ready);
    if (want_ > 0) done = scout_.notice(ready, now);
    heed_file_changes(now);
    if (done.ok() && turn_due(now)) done = take_turn(now, events);
    heed_file_changes(now);
  }
  hand_out_reports(events);
  return done;
}

Result<void> SqliteBroker::flush(TimePoint now, int want) {
  set_want(want);
  if (session_ == nullptr || hand_.settlements().empty() || !lock_.over(now)) return {};
  Turn turn;
  return transact(now, false, turn);
}

// A producer has committed: there are jobs, and for a moment the write lock is free.
void SqliteBroker::heed_wake_up(const PollSet& ready) {
  auto* socket = membership_.wake_socket();
  if (socket == nullptr || !ready.readable(socket->fd())) return;
  socket->drain();
  scout_.look_now();
  lock_.try_now();
}

// The beat looks at whether the file is still the one we have open.
void SqliteBroker::heed_file_changes(TimePoint now) {
  if (scout_.files_changed()) beat_at_ = std::min(beat_at_, now);
}

void SqliteBroker::collect_answers(const PollSet& ready) {
  if (writer_.fd() < 0 || !ready.readable(writer_.fd())) return;
  auto answers = writer_.take();
  unconfirmed_publishes_ -= answers.published.size();
  move_over(answers.published, reports_.published);
  move_over(answers.depths, reports_.depths);
  for (auto& line : answers.complaints) warn(std::move(line));
  if (answers.checkpointed) checkpoints_.ended();
}

void SqliteBroker::hand_out_reports(BrokerEvents& events) {
  move_over(reports_.published, events.published);
  move_over(reports_.lost, events.lost);
  move_over(reports_.notices, events.notices);
  move_over(reports_.depths, events.depths);
  reports_.clear();
}

// --- the transaction

bool SqliteBroker::turn_due(TimePoint now) const {
  if (!lock_.over(now)) return false;
  return !hand_.settlements().empty() || beat_at_ <= now || (want_ > 0 && scout_.due(now));
}

Result<void> SqliteBroker::take_turn(TimePoint now, BrokerEvents& events) {
  if (beat_at_ <= now && !session_->file_in_place()) {
    return Error{ErrorKind::not_found, "unable to use database: " + location_.path,
                 "the file was moved, deleted or replaced"};
  }
  Turn turn;
  if (auto done = transact(now, true, turn); !done.ok()) return done;
  hand_out(std::move(turn.claim), events);
  // The jobs are taken and stay so: whatever is wrong here, the next look will meet it again.
  if (turn.nothing_left && !scout_.found_all(now).ok()) scout_.look_now();
  return {};
}

// A lock that somebody else holds is no failure: the turn stays empty, and comes again.
Result<void> SqliteBroker::transact(TimePoint now, bool with_input, Turn& turn) {
  auto transaction = Transaction::begin(session_->database);
  Result<void> done;
  if (transaction.ok()) {
    done = work(now, with_input, turn);
    if (done.ok()) done = transaction->commit();
  } else {
    done = transaction.error();
  }
  if (done.ok()) {
    lock_.granted();
    membership_.wait_for_lock(false);
    record(turn, now);
    return {};
  }
  turn = {};
  if (!is_busy(done.error())) return done;
  membership_.wait_for_lock(true);
  if (lock_.refused(now)) warn("another program keeps the database locked: " + location_.path);
  return {};
}

Result<void> SqliteBroker::work(TimePoint now, bool with_input, Turn& turn) {
  auto done = settle_all(turn);
  if (done.ok() && with_input && beat_at_ <= now) done = beat(now, turn);
  if (done.ok() && with_input && want_ > 0) done = claim(now, turn);
  return done;
}

Result<void> SqliteBroker::settle_all(Turn& turn) {
  const WallTime wall_now = clock_.wall_now();
  for (const auto& settlement : hand_.settlements()) {
    auto ours = session_->settler->apply(settlement, wall_now);
    if (!ours.ok()) return ours.error();
    if (!*ours) {
      turn.lost.push_back({settlement.reservation,
                           "job " + settlement.job +
                               " was taken back before its end was recorded: it may run twice"});
    }
    if (settlement.verdict.delay.count() > 0) scout_.due_times_changed();
  }
  return {};
}

Result<void> SqliteBroker::beat(TimePoint now, Turn& turn) {
  auto beat = membership_.beat(*session_->owners, now, clock_.wall_now());
  if (!beat.ok()) return beat.error();
  turn.beat = std::move(*beat);
  return {};
}

Result<void> SqliteBroker::claim(TimePoint now, Turn& turn) {
  const std::int64_t owner = turn.beat ? turn.beat->owner : membership_.owner();
  auto all_promoted = scout_.promote(now);
  if (!all_promoted.ok()) return all_promoted.error();
  const auto want = static_cast<std::size_t>(want_);
  auto claim = session_->claimer->claim(order_.next(), want, owner, clock_.wall_now());
  if (!claim.ok()) return claim.error();
  turn.claim = std::move(*claim);
  for (const ClaimedJob& job : turn.claim.jobs) order_.took(job.delivery.queue);
  turn.nothing_left =
      *all_promoted && turn.claim.jobs.size() < want && turn.claim.set_aside.empty();
  return {};
}

// --- after the commit

void SqliteBroker::record(const Turn& turn, TimePoint now) {
  hand_.settled();
  reports_.lost.insert(reports_.lost.end(), turn.lost.begin(), turn.lost.end());
  if (turn.beat) record_beat(*turn.beat, now);
  keep_log_short();
}

void SqliteBroker::record_beat(const Membership::Beat& beat, TimePoint now) {
  if (beat.was_removed) lose_all("its lease ran out");
  membership_.committed(beat);
  joined_ = true;
  beat_at_ = now + beat_interval_;
  for (const auto& dead : beat.dead) {
    reports_.notices.push_back(
        {BrokerEvents::Level::info, "a master is gone", {{"name", dead.name}, {"pid", dead.pid}}});
  }
  if (beat.freed > 0) {
    reports_.notices.push_back({BrokerEvents::Level::warning,
                                "took back jobs of masters that are gone",
                                {{"jobs", beat.freed}}});
  }
}

void SqliteBroker::hand_out(Claim claim, BrokerEvents& events) {
  for (auto& job : claim.jobs) {
    job.delivery.reservation = hand_.take(job.row, membership_.owner());
    events.deliveries.push_back(std::move(job.delivery));
  }
  for (auto& aside : claim.set_aside) {
    events.set_aside.push_back(
        {std::move(aside.job), std::move(aside.queue), std::move(aside.reason)});
  }
}

void SqliteBroker::keep_log_short() {
  if (!checkpoints_.due(session_->log_frames)) return;
  if (auto asked = writer_.checkpoint(); !asked.ok()) {
    warn(asked.error().text());
    return;
  }
  checkpoints_.started(session_->log_frames);
}

void SqliteBroker::lose_all(const std::string& reason) {
  for (const auto reservation : hand_.lose_all()) reports_.lost.push_back({reservation, reason});
}

void SqliteBroker::warn(std::string text) {
  reports_.notices.push_back({BrokerEvents::Level::warning, std::move(text)});
}

// --- what the master hands in

void SqliteBroker::settle(Delivery job, Verdict verdict) {
  hand_.settle(std::move(job), std::move(verdict));
}

void SqliteBroker::publish(PublishToken token, NewJob job) {
  Result<void> asked = check_new_job(job, max_payload_);
  if (asked.ok()) {
    WriterThread::Publish request;
    request.token = token;
    request.id = job.id.empty() ? new_job_id() : job.id;
    request.job = std::move(job);
    request.now = clock_.wall_now();
    asked = writer_.publish(std::move(request));
  }
  if (asked.ok()) {
    ++unconfirmed_publishes_;
  } else {
    reports_.published.push_back({token, asked});
  }
}

std::size_t SqliteBroker::unconfirmed() const {
  return hand_.settlements().size() + unconfirmed_publishes_;
}

void SqliteBroker::request_depths() {
  if (auto asked = writer_.count(queues_, clock_.wall_now()); !asked.ok()) {
    warn(asked.error().text());
  }
}

}  // namespace narwhal::sqlite
