#include "publisher.h"

#include <algorithm>
#include <utility>

namespace narwhal::rabbitmq {
namespace {

constexpr Duration kTryAgain = std::chrono::seconds{1};
constexpr Duration kTryAgainSoon = std::chrono::milliseconds{100};
// More is not put into the output at once; it waits without being copied.
constexpr std::size_t kMostUnsent = std::size_t{1} << 20;
constexpr std::size_t kMostUnconfirmed = 1024;
// A queue that vanishes again and again right after its declaration.
constexpr int kMostTries = 3;

}  // namespace

Publisher::Publisher(Connection& connection, const QueueSettings& settings)
    : connection_(connection), declarer_(settings), channel_(connection.add_channel(*this)) {
  declarer_.set_channel(connection.add_channel(declarer_));
}

bool Publisher::may_send() const {
  return confirming_ && !connection_.blocked() && connection_.unsent() < kMostUnsent &&
         sent_.size() < kMostUnconfirmed;
}

void Publisher::pump(TimePoint now) {
  now_ = now;
  wake_at_ = kNever;
  if (!confirming_ || connection_.blocked()) return;
  // Those whose queue is not known yet stay, in their order.
  std::deque<Entry> before;
  before.swap(waiting_);
  for (; !before.empty(); before.pop_front()) {
    Entry& entry = before.front();
    switch (next_step(entry, now)) {
      case Step::wait:
        waiting_.push_back(std::move(entry));
        break;
      case Step::send:
        send(std::move(entry));
        break;
      case Step::refuse: {
        const Error error = declarer_.error(entry.parcel.to.name);
        refuse(std::move(entry), error);
        break;
      }
    }
  }
}

Publisher::Step Publisher::next_step(const Entry& entry, TimePoint now) {
  if (!may_send()) return Step::wait;
  if (now < entry.not_before) {
    wake_at_ = std::min(wake_at_, entry.not_before);
    return Step::wait;
  }
  switch (declarer_.state(entry.parcel.to, now)) {
    case Declarer::State::known:
      return Step::send;
    case Declarer::State::failed:
      return Step::refuse;
    case Declarer::State::asked:
      break;
  }
  return Step::wait;
}

void Publisher::send(Entry entry) {
  ++entry.tries;
  entry.returned = false;
  channel_.publish(entry.parcel.to.name, entry.parcel.properties, entry.parcel.body);
  sent_.push_back(std::move(entry));
  answered_.push_back(false);
}

// --- What the server says

Result<void> Publisher::on_open() {
  const amqp_confirm_select_t method{};
  channel_.send(AMQP_CONFIRM_SELECT_METHOD, &method);
  return {};
}

Result<void> Publisher::on_method(const amqp_method_t& method) {
  switch (method.id) {
    case AMQP_CONFIRM_SELECT_OK_METHOD:
      confirming_ = true;
      first_tag_ = 1;
      return {};
    case AMQP_BASIC_ACK_METHOD: {
      const auto& ack = *static_cast<const amqp_basic_ack_t*>(method.decoded);
      confirm(ack.delivery_tag, ack.multiple != 0, /*stored=*/true);
      return {};
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto& nack = *static_cast<const amqp_basic_nack_t*>(method.decoded);
      confirm(nack.delivery_tag, nack.multiple != 0, /*stored=*/false);
      return {};
    }
    default:
      return {};
  }
}

// Comes before the confirmation of the same message.
Result<void> Publisher::on_content(Content& content) {
  Pool pool;
  auto properties = decode_properties(content.properties, pool);
  const std::string_view id =
      properties.ok() ? to_view((*properties)->message_id) : std::string_view{};
  for (Entry& entry : sent_) {
    if (entry.returned || entry.parcel.to.name != content.routing_key) continue;
    if (entry.parcel.id != id) continue;
    entry.returned = true;
    break;
  }
  return {};
}

// A message over the server's own limit closes the channel, and which one it was is not said.
Result<void> Publisher::on_closed(int code, const std::string& text) {
  confirming_ = false;
  first_tag_ = 1;
  answered_.clear();
  const ErrorKind kind =
      code == AMQP_PRECONDITION_FAILED ? ErrorKind::too_large : ErrorKind::unavailable;
  std::deque<Entry> entries;
  entries.swap(sent_);
  for (Entry& entry : entries) {
    if (entry.parcel.done) refuse(std::move(entry), Error{kind, "unable to store a message", text});
  }
  channel_.open();
  return {};
}

void Publisher::confirm(std::uint64_t tag, bool multiple, bool stored) {
  if (tag < first_tag_ || tag - first_tag_ >= sent_.size()) return;
  const auto index = static_cast<std::size_t>(tag - first_tag_);
  for (std::size_t i = multiple ? 0 : index; i <= index; ++i) {
    if (std::exchange(answered_[i], true)) continue;
    settle(std::exchange(sent_[i], Entry{}), stored);
  }
  while (!answered_.empty() && answered_.front()) {
    answered_.pop_front();
    sent_.pop_front();
    ++first_tag_;
  }
}

void Publisher::settle(Entry entry, bool stored) {
  if (entry.returned) {
    // Deleted since it was declared: declared once more.
    declarer_.forget(entry.parcel.to.name);
    if (entry.tries < kMostTries) {
      waiting_.push_front(std::move(entry));
      wake_at_ = now_;
      return;
    }
    const std::string name = entry.parcel.to.name;
    return refuse(std::move(entry), Error{ErrorKind::not_found, "unable to store a message",
                                          "the queue is gone: " + name});
  }
  if (!stored) {
    // A quorum queue that another connection is still creating, most likely.
    if (entry.tries < kMostTries) return send_later(std::move(entry), kTryAgainSoon);
    const std::string name = entry.parcel.to.name;
    return refuse(std::move(entry), Error{ErrorKind::unavailable, "unable to store a message",
                                          "the server refused it: " + name});
  }
  entry.parcel.done({});
}

void Publisher::refuse(Entry entry, const Error& error) {
  if (!entry.parcel.patient) return entry.parcel.done(error);
  if (std::string text = error.text(); text != last_trouble_) trouble_ = last_trouble_ = text;
  entry.tries = 0;
  send_later(std::move(entry), kTryAgain);
}

void Publisher::send_later(Entry entry, Duration delay) {
  entry.not_before = now_ + delay;
  wake_at_ = std::min(wake_at_, entry.not_before);
  waiting_.push_back(std::move(entry));
}

void Publisher::lose(const std::string& why) {
  confirming_ = false;
  first_tag_ = 1;
  declarer_.reset();
  wake_at_ = kNever;
  last_trouble_.clear();
  std::deque<Entry> entries;
  entries.swap(sent_);
  answered_.clear();
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(entries));
  waiting_.clear();
  for (Entry& entry : entries) {
    if (!entry.parcel.done) continue;
    entry.parcel.done(Error{ErrorKind::unavailable, "unable to store a message", why});
  }
}

void Publisher::withdraw(const std::function<bool(const Parcel&)>& unwanted) {
  std::erase_if(waiting_, [&](const Entry& entry) { return unwanted(entry.parcel); });
}

}  // namespace narwhal::rabbitmq
