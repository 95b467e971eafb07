#include "declarer.h"

#include <utility>

namespace narwhal::rabbitmq {
namespace {

constexpr Duration kAskAgain = std::chrono::seconds{1};

}  // namespace

Declarer::State Declarer::state(const QueueSpec& spec, TimePoint now) {
  now_ = now;
  const auto found = known_.find(spec.name);
  if (found != known_.end() && now < found->second.ask_again) return found->second.state;
  known_[spec.name] = Entry{};
  asked_.push_back(spec);
  if (channel_->is_open()) declare(*channel_, spec, settings_);
  return State::asked;
}

const Error& Declarer::error(const std::string& name) const { return known_.at(name).error; }

void Declarer::reset() {
  known_.clear();
  asked_.clear();
}

Result<void> Declarer::on_open() {
  for (const QueueSpec& spec : asked_) declare(*channel_, spec, settings_);
  return {};
}

Result<void> Declarer::on_method(const amqp_method_t& method) {
  if (method.id == AMQP_QUEUE_DECLARE_OK_METHOD) answer({.state = State::known});
  return {};
}

Result<void> Declarer::on_closed(int code, const std::string& text) {
  const ErrorKind kind = code == AMQP_NOT_FOUND ? ErrorKind::not_found : ErrorKind::refused;
  if (!asked_.empty()) {
    answer({.state = State::failed,
            .error = Error{kind, "unable to use queue: " + asked_.front().name, text},
            .ask_again = now_ + kAskAgain});
  }
  channel_->open();
  return {};
}

void Declarer::answer(Entry entry) {
  if (asked_.empty()) return;
  known_[asked_.front().name] = std::move(entry);
  asked_.pop_front();
}

}  // namespace narwhal::rabbitmq
