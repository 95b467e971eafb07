#include "subscriptions.h"

#include <algorithm>
#include <charconv>

namespace narwhal::rabbitmq {
namespace {

constexpr std::string_view kTagPrefix = "nw-";
// The server has had time to push what it has.
constexpr Duration kSettling = std::chrono::milliseconds{5};
// From then on, each further consumer doubles what may come.
constexpr std::size_t kManyConsumers = 8;

std::string tag_of(Subscriptions::Number number) {
  return std::string{kTagPrefix}.append(std::to_string(number));
}

void send_prefetch(Channel& channel, int prefetch) {
  amqp_basic_qos_t method{};
  method.prefetch_count = static_cast<std::uint16_t>(prefetch);
  channel.send(AMQP_BASIC_QOS_METHOD, &method);
}

void send_cancel(Channel& channel, Subscriptions::Number number) {
  const std::string tag = tag_of(number);
  amqp_basic_cancel_t method{};
  method.consumer_tag = to_bytes(tag);
  channel.send(AMQP_BASIC_CANCEL_METHOD, &method);
}

}  // namespace

int Subscriptions::room() const {
  int room = 0;
  for (const Entry& entry : list_) {
    if (entry.live) room += entry.prefetch - entry.unsettled;
  }
  return room;
}

std::size_t Subscriptions::live() const {
  return static_cast<std::size_t>(
      std::count_if(list_.begin(), list_.end(), [](const Entry& entry) { return entry.live; }));
}

std::size_t Subscriptions::starting() const {
  return static_cast<std::size_t>(std::count_if(
      list_.begin(), list_.end(), [](const Entry& entry) { return !entry.confirmed; }));
}

bool Subscriptions::idle(TimePoint now) const { return now >= idle_at(); }

bool Subscriptions::open() const {
  return std::any_of(list_.begin(), list_.end(), [](const Entry& entry) {
    return entry.live && entry.confirmed && entry.prefetch > entry.unsettled;
  });
}

TimePoint Subscriptions::idle_at() const { return open() ? opened_at_ + kSettling : kNever; }

void Subscriptions::add(Channel& channel, std::string_view queue, int more) {
  int prefetch = more;
  if (live() >= kManyConsumers) {
    for (const Entry& entry : list_) prefetch += entry.live ? entry.prefetch : 0;
  }
  Entry entry;
  entry.number = ++last_;
  entry.prefetch = std::min(prefetch, 65535);
  send_prefetch(channel, entry.prefetch);
  const std::string tag = tag_of(entry.number);
  amqp_basic_consume_t method{};
  method.queue = to_bytes(queue);
  method.consumer_tag = to_bytes(tag);
  channel.send(AMQP_BASIC_CONSUME_METHOD, &method);
  list_.push_back(entry);
}

void Subscriptions::ask(Channel& channel) { send_prefetch(channel, 1); }

int Subscriptions::cancel(Channel& channel) {
  int cancelled = 0;
  for (Entry& entry : list_) {
    if (!entry.live) continue;
    entry.live = false;
    if (!entry.confirmed) continue;
    ++cancelled;
    send_cancel(channel, entry.number);
  }
  return cancelled;
}

bool Subscriptions::confirmed(Channel& channel, TimePoint now) {
  const auto first =
      std::find_if(list_.begin(), list_.end(), [](const Entry& entry) { return !entry.confirmed; });
  if (first == list_.end()) return false;
  if (!open()) opened_at_ = now;
  first->confirmed = true;
  if (!first->live) send_cancel(channel, first->number);
  return !first->live;
}

Subscriptions::Number Subscriptions::delivered(std::string_view consumer) {
  Number number = 0;
  if (!consumer.starts_with(kTagPrefix)) return 0;
  consumer.remove_prefix(kTagPrefix.size());
  std::from_chars(consumer.data(), consumer.data() + consumer.size(), number);
  for (Entry& entry : list_) {
    if (entry.number != number) continue;
    ++entry.unsettled;
    return number;
  }
  return 0;
}

void Subscriptions::settled(Number number, TimePoint now) {
  const bool full = !open();
  for (Entry& entry : list_) {
    if (entry.number == number) --entry.unsettled;
  }
  if (full && open()) opened_at_ = now;
  std::erase_if(list_, [](const Entry& entry) {
    return !entry.live && entry.confirmed && entry.unsettled == 0;
  });
}

}  // namespace narwhal::rabbitmq
