// Arrivals: the jobs that a wait has brought, until the server has them in our in-flight hash, or
// in their queue again. Pure bookkeeping; outlives sessions, as the list that holds them does.
#pragma once

#include <string>
#include <vector>

#include "narwhal/broker.h"
#include "resp.h"

namespace narwhal::redis {

class Arrivals {
 public:
  // A job that has been handed out under `number`.
  void took(Reservation number, std::string field, std::size_t queue, std::string stored) {
    entries_.push_back({number, std::move(field), queue, std::move(stored)});
  }
  // One that nobody has room for.
  void give_back(std::size_t queue, std::string stored) {
    entries_.push_back({0, {}, queue, std::move(stored)});
  }

  [[nodiscard]] bool any() const { return !entries_.empty(); }
  [[nodiscard]] std::size_t count() const { return entries_.size(); }
  [[nodiscard]] std::size_t given_back() const;

  // The words of a script that takes them over: for each, its field ("": give it back), the index
  // of its queue from 1, its bytes.
  static constexpr std::size_t kWords = 3;
  void send(Command& command);
  // The script was carried out; of those `fields` it found no trace. Returns their numbers.
  std::vector<Reservation> sent(const std::vector<std::string_view>& missing);
  // Whether it was is unknown, or it was not; all are sent again.
  void unsend() { sent_ = 0; }

 private:
  struct Entry {
    Reservation number = 0;
    std::string field;
    std::size_t queue = 0;
    std::string stored;
  };

  std::vector<Entry> entries_;
  std::size_t sent_ = 0;  // of the first ones
};

}  // namespace narwhal::redis
