#include "intake.h"

#include <algorithm>

#include "consumer_timeout.h"
#include "names.h"

namespace narwhal::rabbitmq {
namespace {

constexpr Duration kFirstDelay = std::chrono::milliseconds{100};
constexpr Duration kLongestDelay = std::chrono::seconds{10};
// A queue that was refused for what it is: somebody has to change it.
constexpr Duration kRefusedDelay = std::chrono::seconds{30};
// So long the server may leave acknowledgements unheard before it is asked.
constexpr Duration kAskAfter = std::chrono::milliseconds{20};

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
        // What was pushed by then is here when the question behind the cancel is answered.
        if (subscriptions_.confirmed(channel_, session_.now)) unheard_.push_back({0, false});
        proven_ = true;
        delay_ = kFirstDelay;
      } else if (answer == Answer::heard) {
        heard();
      }
      return {};
    }
    case AMQP_BASIC_CONSUME_OK_METHOD:
      Subscriptions::ask(channel_);
      ask(Answer::subscribed);
      return {};
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
  if (const auto limit = consumer_timeout_in(text)) {
    report_timeout(*limit);
  } else if (text != last_trouble_) {
    session_.warn((refused ? "unable to consume queue: " : "channel closed by the server: ") +
                  spec_.name + ": " + text);
    forget_all(text, [](const Held&) { return false; });
  } else {
    forget_all(text, [](const Held&) { return false; });
  }
  last_trouble_ = text;
  settled_in_ = proven_ = true;
  const bool hopeless = refused && code != AMQP_NOT_FOUND && code != AMQP_INTERNAL_ERROR;
  try_again(hopeless ? kRefusedDelay : delay_);
  delay_ = std::min(delay_ * 2, kLongestDelay);
  return {};
}

// The jobs that ran too long for the server are not excused, or they would run for ever.
void Intake::report_timeout(std::chrono::milliseconds limit) {
  const std::string millis = std::to_string(limit.count());
  session_.warn("jobs of queue " + queue_ +
                " ran longer than the server's consumer_timeout allows (" + millis +
                " ms) and are run again; raise it there");
  const auto guilty = [&](const Held& held) {
    return held.handed_out && session_.now - held.since >= limit * 9 / 10;
  };
  forget_all("the server's consumer_timeout of " + millis + " ms has passed", guilty);
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
}

bool Intake::idle() const {
  if (!stash_.empty()) return false;
  return state_ != State::consuming || subscriptions_.idle(session_.now);
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
  Subscriptions::ask(channel_);
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
  at = std::min(at, stale_at());
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
  settled_in_ = proven_ = false;
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
