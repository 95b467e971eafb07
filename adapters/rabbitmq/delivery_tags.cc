#include "delivery_tags.h"

namespace narwhal::rabbitmq {

void DeliveryTags::clear() {
  list_.clear();
  acks_.clear();
  first_ = 1;
}

std::uint32_t DeliveryTags::ack(std::uint64_t tag) {
  if (!holds(tag)) return 0;
  at(tag).state = State::acked;
  acks_.push_back(tag);
  return at(tag).consumer;
}

std::uint32_t DeliveryTags::close(std::uint64_t tag) {
  if (!holds(tag)) return 0;
  const std::uint32_t consumer = at(tag).consumer;
  at(tag).state = State::closed;
  drop_front();
  return consumer;
}

// The last to be acknowledged of those before the first that is open; 0: none.
std::uint64_t DeliveryTags::settle_front() {
  std::uint64_t last = 0;
  while (!list_.empty() && list_.front().state != State::open) {
    if (list_.front().state == State::acked) last = first_;
    list_.pop_front();
    ++first_;
  }
  return last;
}

void DeliveryTags::drop_front() {
  while (!list_.empty() && list_.front().state == State::closed) {
    list_.pop_front();
    ++first_;
  }
}

}  // namespace narwhal::rabbitmq
