#include "intake.h"

#include <algorithm>
#include <charconv>

#include "delay_ladder.h"
#include "names.h"
#include "narwhal/orphan_run.h"

namespace narwhal::rabbitmq {
namespace {

constexpr Duration kFirstDelay = std::chrono::milliseconds{100};
constexpr Duration kLongestDelay = std::chrono::seconds{10};
// A queue that was refused for what it is: somebody has to change it.
constexpr Duration kRefusedDelay = std::chrono::seconds{30};
// A job that came and that no worker took goes back, where another master may have one.
constexpr Duration kHoldTime = std::chrono::milliseconds{200};
// So long the server may leave acknowledgements unheard before it is asked.
constexpr Duration kAskAfter = std::chrono::milliseconds{20};
constexpr std::size_t kMostExcused = 10'000;

}  // namespace

Intake::Intake(Session& session, Connection& connection, Publisher& publisher, QueueSpec spec,
               std::size_t index)
    : session_(session),
      publisher_(publisher),
      spec_(std::move(spec)),
      queue_(spec_.jobs),
      index_(index),
      channel_(connection.add_channel(*this)),
      delay_(kFirstDelay) {}

// --- The queue and its consumers

Result<void> Intake::on_open() {
  declare_queue();
  return {};
}

void Intake::declare_queue() {
  state_ = State::declaring;
  again_at_ = kNever;
  declare(channel_, spec_, session_.queues);
}

void Intake::try_again(Duration delay) {
  state_ = State::waiting;
  again_at_ = session_.now + delay;
}

Result<void> Intake::on_method(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_QUEUE_DECLARE_OK_METHOD:
      state_ = State::consuming;
      settled_in_ = true;
      last_trouble_.clear();
      return {};
    case AMQP_BASIC_QOS_OK_METHOD: {
      if (answers_.empty()) return {};
      const Answer answer = answers_.front();
      answers_.pop_front();
      if (answer == Answer::subscribed) {
        subscriptions_.confirmed(session_.now);
        delay_ = kFirstDelay;
      } else if (answer == Answer::heard) {
        heard();
      }
      return {};
    }
    case AMQP_BASIC_CANCEL_METHOD:
      cancelled_by_server();
      return {};
    default:
      return {};
  }
}

void Intake::heard() {
  for (; asked_ > 0; --asked_) {
    if (unheard_.front().orphan) --recounting_;
    unheard_.pop_front();
  }
}

void Intake::cancelled_by_server() {
  if (state_ != State::consuming) return;
  session_.warn("consumer cancelled by the server, queue deleted or moved: " + spec_.name);
  (void)subscriptions_.cancel(channel_);
  try_again(delay_);
  delay_ = std::min(delay_ * 2, kLongestDelay);
}

Result<void> Intake::on_closed(int code, const std::string& text) {
  const bool refused = state_ == State::declaring || subscriptions_.empty();
  const bool timed_out = text.find("acknowledgement") != std::string::npos &&
                         text.find("timed out") != std::string::npos;
  if (timed_out) {
    report_timeout(text);
  } else if (text != last_trouble_) {
    session_.warn((refused ? "unable to consume queue: " : "channel closed by the server: ") +
                  spec_.name + ": " + text);
    forget_all(text, [](const Held&) { return false; });
  } else {
    forget_all(text, [](const Held&) { return false; });
  }
  last_trouble_ = text;
  settled_in_ = true;
  const bool hopeless = refused && code != AMQP_NOT_FOUND && code != AMQP_INTERNAL_ERROR;
  try_again(hopeless ? kRefusedDelay : delay_);
  delay_ = std::min(delay_ * 2, kLongestDelay);
  return {};
}

// The jobs that ran too long for the server are not excused, or they would run for ever.
void Intake::report_timeout(const std::string& text) {
  constexpr std::string_view kMark = "Timeout value used: ";
  std::int64_t millis = 0;
  if (const std::size_t at = text.find(kMark); at != std::string::npos) {
    const char* begin = text.data() + at + kMark.size();
    std::from_chars(begin, text.data() + text.size(), millis);
  }
  const Duration limit = std::chrono::milliseconds{millis};
  session_.warn("jobs of queue " + queue_ +
                " ran longer than the server's consumer_timeout allows (" + std::to_string(millis) +
                " ms) and are run again; raise it there");
  const auto guilty = [&](const Held& held) {
    return held.handed_out && session_.now - held.since >= limit * 9 / 10;
  };
  forget_all("the server's consumer_timeout of " + std::to_string(millis) + " ms has passed",
             guilty);
}

void Intake::fetch(int want) {
  if (state_ != State::consuming) return;
  // What is being moved may come back as a copy at once, and must not be in hand before the
  // original is gone.
  const auto here = static_cast<int>(stash_.size() + moving_);
  const int missing = want - here - subscriptions_.room();
  if (missing <= 0) return;
  subscriptions_.add(channel_, spec_.name, missing);
  ask(Answer::ignored);
  ask(Answer::subscribed);
}

bool Intake::idle() const {
  if (!stash_.empty()) return false;
  return state_ != State::consuming || subscriptions_.idle(session_.now);
}

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
  session_.warn("job dead: " + envelope.id + ": " + envelope.reason);
  envelope.died_at = session_.clock->wall_now();
  const Reservation moved = hold({.tag = content.tag, .properties = content.properties});
  store(moved, dead_spec(queue_), envelope, std::move(content.body));
}

void Intake::postpone(Content& content, Envelope envelope) {
  const Duration left = *envelope.due - session_.clock->wall_now();
  const Reservation moved = hold({.tag = content.tag, .properties = content.properties});
  store(moved, delay_spec(queue_, next_delay(left)), envelope, std::move(content.body));
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
    envelope.due = now + std::chrono::ceil<std::chrono::microseconds>(verdict.delay);
    store(job.reservation, delay_spec(job.queue, next_delay(verdict.delay)), envelope,
          std::move(job.payload));
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
  return settling_ + unheard_.size() + released;
}

bool Intake::stale() const {
  return std::any_of(stash_.begin(), stash_.end(), [this](const auto& each) {
    return session_.now - each.second.since >= kHoldTime;
  });
}

void Intake::give_back_all() {
  if (!channel_.is_open()) return;
  (void)subscriptions_.cancel(channel_);
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

// --- The loop

void Intake::flush(bool final) {
  released_ = 0;
  if (!channel_.is_open()) return;
  if (!session_.fetching && !(stash_.empty() && subscriptions_.empty())) give_back_all();
  tags_.flush([this](std::uint64_t tag, bool multiple) { channel_.ack(tag, multiple); });
  // One question at a time; the next one covers all that came in between.
  if (unheard_.empty() || asked_ > 0) return;
  if (ask_at_ == kNever) ask_at_ = session_.now + kAskAfter;
  if (!final && recounting_ == 0 && session_.now < ask_at_) return;
  // Any question that has an answer will do.
  amqp_basic_qos_t method{};
  method.prefetch_count = 1;
  channel_.send(AMQP_BASIC_QOS_METHOD, &method);
  ask(Answer::heard);
  asked_ = unheard_.size();
  ask_at_ = kNever;
}

void Intake::run_timers() {
  if (session_.now >= again_at_) {
    again_at_ = kNever;
    if (channel_.is_open()) {
      declare_queue();
    } else {
      state_ = State::away;
      channel_.open();
    }
  }
}

TimePoint Intake::wake_at() const {
  TimePoint at = again_at_;
  if (asked_ == 0) at = std::min(at, ask_at_);
  for (const auto& [place, waiting] : stash_) at = std::min(at, waiting.since + kHoldTime);
  if (stash_.empty()) {
    if (const TimePoint idle = subscriptions_.idle_at(); idle > session_.now) {
      at = std::min(at, idle);
    }
  }
  return at;
}

// --- The end of a channel's life

void Intake::lose(const std::string& why) {
  forget_all(why, [](const Held&) { return false; });
  state_ = State::away;
  settled_in_ = false;
  again_at_ = kNever;
  delay_ = kFirstDelay;
  last_trouble_.clear();
}

void Intake::forget_all(const std::string& why, const std::function<bool(const Held&)>& guilty) {
  for (const auto& [reservation, held] : held_) {
    if (!held.handed_out) continue;
    session_.reports.lost.push_back({reservation, why});
    if (!guilty(held)) excuse(held.id);
  }
  for (const auto& [place, waiting] : stash_) excuse(waiting.job.id);
  for (const Unheard& each : unheard_) {
    if (each.reservation != 0) session_.reports.lost.push_back({each.reservation, why});
  }
  publisher_.withdraw(
      [this](const Publisher::Parcel& parcel) { return held_.contains(parcel.original); });
  held_.clear();
  stash_.clear();
  tags_.clear();
  subscriptions_.clear();
  answers_.clear();
  unheard_.clear();
  settling_ = moving_ = recounting_ = released_ = asked_ = 0;
  ask_at_ = kNever;
}

}  // namespace narwhal::rabbitmq
