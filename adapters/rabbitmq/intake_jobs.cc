// What becomes of the jobs of an Intake: those that come, those that are settled, those given back.
#include <algorithm>

#include "delay.h"
#include "intake.h"
#include "narwhal/orphan_run.h"

namespace narwhal::rabbitmq {
namespace {

// A job that came and that no worker took goes back, where another master may have one.
constexpr Duration kHoldTime = std::chrono::milliseconds{200};
constexpr std::size_t kMostExcused = 10'000;

}  // namespace

// --- What comes

Result<void> Intake::on_content(Content& content) {
  const Subscriptions::Number consumer = subscriptions_.delivered(content.consumer);
  tags_.delivered(consumer);
  Envelope envelope = read_envelope(content.properties, content.body, session_.queues.max_priority,
                                    session_.clock->wall_now(), session_.pool);
  if (content.body.size() > session_.max_payload) {
    refuse_large(content, std::move(envelope));
  } else if (envelope.due && *envelope.due > session_.clock->wall_now()) {
    postpone(content, std::move(envelope));
  } else if ((content.redelivered || envelope.returns > 0) && !excused(envelope)) {
    count_crash(content, std::move(envelope));
  } else if (envelope.returns > 0) {
    renew(content, envelope);
  } else {
    Waiting waiting{.job = to_delivery(std::move(envelope), std::move(content.body)),
                    .tag = content.tag,
                    .properties = std::move(content.properties),
                    .since = session_.now};
    put_aside(std::move(waiting));
  }
  return {};
}

void Intake::put_aside(Waiting waiting) {
  const std::int32_t priority = session_.queues.max_priority > 0 ? waiting.job.priority : 0;
  stash_.emplace(Place{priority, waiting.tag}, std::move(waiting));
}

void Intake::refuse_large(Content& content, Envelope envelope) {
  envelope.reason = "payload of " + std::to_string(content.body.size()) +
                    " bytes is over max_payload (" + std::to_string(session_.max_payload) +
                    " bytes)";
  session_.notice(BrokerEvents::Level::warning, "job dead",
                  {{"job", envelope.id}, {"queue", queue_}, {"error", envelope.reason}});
  envelope.died_at = session_.clock->wall_now();
  const Reservation moved = hold({.tag = content.tag, .properties = content.properties});
  store(moved, dead_spec(queue_), envelope, std::move(content.body));
}

void Intake::postpone(Content& content, Envelope envelope) {
  const QueueSpec to = delay(envelope, queue_, *envelope.due, session_.clock->wall_now());
  const Reservation moved = hold({.tag = content.tag, .properties = content.properties});
  store(moved, to, envelope, std::move(content.body));
}

// A quorum queue drops what it has taken back too often; a copy starts from nothing.
void Intake::renew(Content& content, const Envelope& envelope) {
  const Reservation moved = hold({.tag = content.tag, .properties = content.properties});
  store(moved, front_spec(queue_), envelope, std::move(content.body));
}

// Stored anew before it runs, so that the next crash finds this one counted; before all others,
// since it was its turn already.
void Intake::count_crash(Content& content, Envelope envelope) {
  envelope.history = add_orphan_run(envelope.history, {.found_at = session_.clock->wall_now(),
                                                       .attempt = envelope.counters.attempts + 1});
  ++envelope.counters.crashes;
  ++recounting_;
  const Reservation moved =
      hold({.tag = content.tag, .properties = content.properties, .orphan = true});
  store(moved, front_spec(queue_), envelope, std::move(content.body));
}

bool Intake::excused(const Envelope& envelope) {
  const auto found = excused_.find(envelope.id);
  if (found == excused_.end()) return session_.now < session_.cut_off_until;
  excused_.erase(found);
  return true;
}

void Intake::excuse(const std::string& id) {
  if (excused_.size() < kMostExcused) excused_.insert(id);
}

Delivery Intake::take() {
  Waiting waiting = std::move(stash_.extract(stash_.begin()).mapped());
  Delivery job = std::move(waiting.job);
  job.reservation = hold({.tag = waiting.tag,
                          .id = job.id,
                          .properties = std::move(waiting.properties),
                          .since = session_.now,
                          .handed_out = true});
  return job;
}

Reservation Intake::hold(Held held) {
  const Reservation reservation = session_.new_reservation(index_);
  held_.emplace(reservation, std::move(held));
  return reservation;
}

Delivery Intake::to_delivery(Envelope envelope, std::string body) const {
  Delivery job;
  job.id = std::move(envelope.id);
  job.queue = queue_;
  job.payload = std::move(body);
  job.priority = envelope.priority;
  job.counters = envelope.counters;
  job.enqueued_at = envelope.enqueued_at;
  job.history = std::move(envelope.history);
  job.headers = std::move(envelope.headers);
  return job;
}

// --- What becomes of them

Envelope Intake::to_envelope(const Delivery& job) {
  Envelope envelope;
  envelope.id = job.id;
  envelope.priority = job.priority;
  envelope.enqueued_at = job.enqueued_at;
  return envelope;
}

void Intake::settle(Delivery job, Verdict verdict) {
  const auto found = held_.find(job.reservation);
  // One that was lost has been reported, and settling it changes nothing.
  if (found == held_.end() || found->second.settling) return;
  if (verdict.action == Verdict::Action::ack) {
    ack(found->first, found->second);
    held_.erase(found);
    return;
  }
  if (verdict.action == Verdict::Action::release) {
    Held held = std::move(found->second);
    held_.erase(found);
    job.reservation = 0;
    Waiting waiting{.job = std::move(job),
                    .tag = held.tag,
                    .properties = std::move(held.properties),
                    .since = session_.now};
    put_aside(std::move(waiting));
    ++released_;
    return;
  }
  Envelope envelope = to_envelope(job);
  envelope.counters = verdict.counters;
  envelope.history = std::move(verdict.history);
  const WallTime now = session_.clock->wall_now();
  if (verdict.action == Verdict::Action::bury) {
    envelope.reason = std::move(verdict.reason);
    envelope.died_at = now;
    store(job.reservation, dead_spec(queue_), envelope, std::move(job.payload));
  } else if (verdict.delay > Duration{0}) {
    const WallTime due = now + std::chrono::ceil<std::chrono::microseconds>(verdict.delay);
    const QueueSpec to = delay(envelope, job.queue, due, now);
    store(job.reservation, to, envelope, std::move(job.payload));
  } else {
    store(job.reservation, jobs_spec(job.queue), envelope, std::move(job.payload));
  }
}

// A copy first; the original goes when the copy is confirmed.
void Intake::store(Reservation reservation, const QueueSpec& to, const Envelope& envelope,
                   std::string body) {
  Held& held = held_.at(reservation);
  held.settling = true;
  ++settling_;
  if (!held.handed_out) ++moving_;
  Publisher::Parcel parcel;
  parcel.to = to;
  parcel.id = envelope.id;
  parcel.properties = write_envelope(envelope, held.properties, session_.queues.max_priority,
                                     session_.header_room, session_.pool);
  parcel.body = std::move(body);
  parcel.patient = true;
  parcel.original = reservation;
  parcel.done = [this, reservation](const Result<void>& result) {
    if (result.ok()) stored(reservation);
  };
  publisher_.publish(std::move(parcel));
}

void Intake::stored(Reservation reservation) {
  const auto found = held_.find(reservation);
  if (found == held_.end()) return;
  --settling_;
  if (!found->second.handed_out) --moving_;
  ack(found->first, found->second);
  held_.erase(found);
}

void Intake::ack(Reservation reservation, const Held& held) {
  subscriptions_.settled(tags_.ack(held.tag), session_.now);
  unheard_.push_back({held.handed_out ? reservation : 0, held.orphan});
}

std::size_t Intake::unconfirmed() const {
  // What waits here while nothing is fetched goes back with the next flush().
  const std::size_t released = session_.fetching ? released_ : stash_.size();
  const std::size_t starting = session_.fetching ? 0 : subscriptions_.starting();
  return settling_ + unheard_.size() + released + starting;
}

TimePoint Intake::stale_at() const {
  TimePoint at = kNever;
  for (const auto& [place, waiting] : stash_) at = std::min(at, waiting.since + kHoldTime);
  return at;
}

void Intake::give_back_all() {
  if (!channel_.is_open()) return;
  if (subscriptions_.cancel(channel_) > 0) unheard_.push_back({0, false});
  auto stash = std::exchange(stash_, {});
  for (auto& [place, waiting] : stash) give_back(std::move(waiting));
}

// By a copy in the front queue: what the server takes back itself is marked as delivered, just like
// the jobs of a master that died, and in a quorum queue counts against its limit of deliveries.
void Intake::give_back(Waiting waiting) {
  if (!publisher_.ready() || publisher_.blocked()) {
    excuse(waiting.job.id);
    channel_.nack(waiting.tag, /*requeue=*/true);
    subscriptions_.settled(tags_.close(waiting.tag), session_.now);
    unheard_.push_back({0, false});
    return;
  }
  Envelope envelope = to_envelope(waiting.job);
  envelope.counters = waiting.job.counters;
  envelope.history = std::move(waiting.job.history);
  const Reservation moved = hold({.tag = waiting.tag, .properties = std::move(waiting.properties)});
  store(moved, front_spec(queue_), envelope, std::move(waiting.job.payload));
}

}  // namespace narwhal::rabbitmq
