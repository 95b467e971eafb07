#include "delay_mover.h"

#include <algorithm>
#include <charconv>

#include "consumer_timeout.h"

namespace narwhal::rabbitmq {
namespace {

constexpr Duration kFirstDelay = std::chrono::milliseconds{100};
constexpr Duration kLongestDelay = std::chrono::seconds{10};
// Levels that were refused for what they are: somebody has to change them.
constexpr Duration kRefusedDelay = std::chrono::seconds{30};
// Other jobs do not wait longer for the levels.
constexpr Duration kPatience = std::chrono::seconds{10};

// Consumers are named for their level.
constexpr std::string_view kTagPrefix = "nw-delay-";

}  // namespace

DelayMover::DelayMover(Session& session, Connection& connection, Publisher& publisher,
                       std::string queue)
    : session_(session),
      publisher_(publisher),
      queue_(std::move(queue)),
      channel_(connection.add_channel(*this)),
      delay_(kFirstDelay) {}

// --- The levels and their consumers

Result<void> DelayMover::on_open() {
  state_ = State::open;
  again_at_ = session_.now;
  return {};
}

void DelayMover::declare_missing() {
  again_at_ = kNever;
  for (std::size_t level = 0; level < kDelayLevels.size(); ++level) {
    if (levels_[level] != Level::missing) continue;
    declare(channel_, delay_spec(queue_, level), session_.queues);
    levels_[level] = Level::asked;
  }
  declare(channel_, dead_spec(queue_), session_.queues);
  if (needs_last(session_.queues)) declare(channel_, last_spec(queue_), session_.queues);
  if (!proven_) prove_by_ = session_.now + kPatience;
}

Result<void> DelayMover::on_method(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_QUEUE_DECLARE_OK_METHOD: {
      const auto& answer = *static_cast<const amqp_queue_declare_ok_t*>(method.decoded);
      for (std::size_t level = 0; level < kDelayLevels.size(); ++level) {
        if (to_view(answer.queue) == delay_spec(queue_, level).name) consume(level);
      }
      return {};
    }
    case AMQP_BASIC_CONSUME_OK_METHOD: {
      const auto& answer = *static_cast<const amqp_basic_consume_ok_t*>(method.decoded);
      consumes(level_of(to_view(answer.consumer_tag)));
      return {};
    }
    case AMQP_BASIC_CANCEL_METHOD: {
      const auto& cancel = *static_cast<const amqp_basic_cancel_t*>(method.decoded);
      cancelled_by_server(to_view(cancel.consumer_tag));
      return {};
    }
    case AMQP_CHANNEL_CLOSE_OK_METHOD:
      state_ = State::resting;
      return {};
    default:
      return {};
  }
}

std::size_t DelayMover::level_of(std::string_view consumer) {
  std::size_t level = kDelayLevels.size();
  if (consumer.starts_with(kTagPrefix)) consumer.remove_prefix(kTagPrefix.size());
  std::from_chars(consumer.data(), consumer.data() + consumer.size(), level);
  return std::min(level, kDelayLevels.size());
}

void DelayMover::consume(std::size_t level) {
  amqp_basic_qos_t room{};
  room.prefetch_count = kDelayLevels[level].prefetch;
  channel_.send(AMQP_BASIC_QOS_METHOD, &room);
  const std::string name = delay_spec(queue_, level).name;
  const std::string tag = std::string{kTagPrefix}.append(std::to_string(level));
  amqp_basic_consume_t method{};
  method.queue = to_bytes(name);
  method.consumer_tag = to_bytes(tag);
  channel_.send(AMQP_BASIC_CONSUME_METHOD, &method);
}

void DelayMover::consumes(std::size_t level) {
  if (level == kDelayLevels.size()) return;
  levels_[level] = Level::consumed;
  if (std::any_of(levels_.begin(), levels_.end(),
                  [](Level each) { return each != Level::consumed; })) {
    return;
  }
  proven_ = true;
  prove_by_ = kNever;
  delay_ = kFirstDelay;
  last_trouble_.clear();
}

void DelayMover::give_up_proof() {
  proven_ = true;
  prove_by_ = kNever;
  const auto first = std::find_if(levels_.begin(), levels_.end(),
                                  [](Level each) { return each != Level::consumed; });
  const auto level = static_cast<std::size_t>(first - levels_.begin());
  session_.warn("the server does not let this queue be consumed: " +
                delay_spec(queue_, level).name + "; jobs of " + queue_ + " may be late");
}

// What is held of that level stays here, and is moved in its time.
void DelayMover::cancelled_by_server(std::string_view consumer) {
  const std::size_t level = level_of(consumer);
  if (level == kDelayLevels.size()) return;
  session_.warn("consumer cancelled by the server, queue deleted or moved: " +
                delay_spec(queue_, level).name);
  levels_[level] = Level::missing;
  try_again(delay_);
}

void DelayMover::try_again(Duration delay) {
  again_at_ = session_.now + delay;
  delay_ = std::min(delay_ * 2, kLongestDelay);
}

Result<void> DelayMover::on_closed(int code, const std::string& text) {
  forget();
  state_ = State::waiting;
  proven_ = true;
  prove_by_ = kNever;
  if (const auto limit = consumer_timeout_in(text)) {
    // Less than the default: what is held is to be renewed in time from now on.
    const std::chrono::microseconds third = *limit / 3;
    if (third.count() > 0) shelf_.hold_at_most(std::min(shelf_.limit(), third));
    try_again(Duration{0});
    return {};
  }
  if (text != last_trouble_) {
    session_.warn("unable to move the delayed jobs of queue: " + queue_ + ": " + text);
  }
  last_trouble_ = text;
  const bool hopeless = code != AMQP_NOT_FOUND && code != AMQP_INTERNAL_ERROR;
  try_again(hopeless ? kRefusedDelay : delay_);
  return {};
}

// --- The loop

void DelayMover::run(bool declared) {
  declared_ = declared;
  if (!session_.fetching) return rest();
  if (state_ == State::resting) again_at_ = session_.now;
  if (session_.now >= again_at_ && declared_) come_back();
  if (session_.now >= prove_by_) give_up_proof();
  // What is due stays here while the server takes no messages.
  if (!publisher_.ready() || publisher_.blocked()) return;
  for (Delayed& job : shelf_.take(session_.clock->wall_now())) move(std::move(job));
}

void DelayMover::come_back() {
  if (channel_.is_open()) return declare_missing();
  again_at_ = kNever;
  state_ = State::away;
  channel_.open();
}

// Closing the channel puts all that is held back in its old place before another master gets
// anything; a consumer that is cancelled would leave it to come out of order.
void DelayMover::rest() {
  if (state_ != State::open || !moving_.empty()) return;
  state_ = State::closing;
  forget();
  channel_.close();
}

std::size_t DelayMover::unconfirmed() const {
  if (session_.fetching) return 0;
  const bool letting_go = state_ == State::open || state_ == State::closing;
  return moving_.size() + (letting_go ? 1 : 0);
}

TimePoint DelayMover::wake_at() const {
  if (!session_.fetching || !declared_) return kNever;
  TimePoint at = std::min(again_at_, prove_by_);
  if (!publisher_.ready() || publisher_.blocked()) return at;
  if (shelf_.next() == DelayShelf::kNothing) return at;
  const Duration left = shelf_.next() - session_.clock->wall_now();
  return std::min(at, session_.now + std::max(left, Duration{0}));
}

// --- The end of a channel's life

void DelayMover::lose() {
  forget();
  state_ = State::away;
  proven_ = declared_ = false;
  prove_by_ = kNever;
  delay_ = kFirstDelay;
  last_trouble_.clear();
}

void DelayMover::forget() {
  publisher_.withdraw(
      [this](const Publisher::Parcel& parcel) { return moving_.contains(parcel.original); });
  moving_.clear();
  shelf_.clear();
  levels_ = {};
  again_at_ = kNever;
}

}  // namespace narwhal::rabbitmq
