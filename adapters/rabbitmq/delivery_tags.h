// DeliveryTags: the messages of one channel that are not settled yet, by the numbers the server
// gave them, and how to acknowledge them in as few words as possible: all up to a number at once
// where none before it is open. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace narwhal::rabbitmq {

class DeliveryTags {
 public:
  // Numbers come in order, one after the other, from 1 in each life of a channel.
  void delivered(std::uint32_t consumer) { list_.push_back({State::open, consumer}); }
  void clear();

  // To be acknowledged with the next flush(). Returns the consumer.
  std::uint32_t ack(std::uint64_t tag);
  // Given back already.
  std::uint32_t close(std::uint64_t tag);

  // How many wait for the next flush().
  [[nodiscard]] std::size_t acks() const { return acks_.size(); }
  // Calls `send(tag, multiple)`; returns how many messages were acknowledged.
  template <typename Send>
  std::size_t flush(Send send) {
    const std::size_t count = acks_.size();
    if (const std::uint64_t last = settle_front(); last != 0) send(last, true);
    for (const std::uint64_t tag : acks_) {
      if (tag < first_ || at(tag).state != State::acked) continue;
      at(tag).state = State::closed;
      send(tag, false);
    }
    acks_.clear();
    drop_front();
    return count;
  }

 private:
  enum class State : std::uint8_t { open, acked, closed };
  struct Entry {
    State state;
    std::uint32_t consumer;
  };
  Entry& at(std::uint64_t tag) { return list_[static_cast<std::size_t>(tag - first_)]; }
  [[nodiscard]] bool holds(std::uint64_t tag) const {
    return tag >= first_ && tag - first_ < list_.size();
  }
  std::uint64_t settle_front();
  void drop_front();

  std::deque<Entry> list_;
  std::uint64_t first_ = 1;  // number of the first in the list
  std::vector<std::uint64_t> acks_;
};

}  // namespace narwhal::rabbitmq
