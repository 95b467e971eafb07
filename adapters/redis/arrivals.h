// Arrivals: the jobs that a wait has brought, until the server has them in our in-flight hash, or
// in their queue again. Pure bookkeeping; outlives sessions, as the list that holds them does.
//
// The number of a queue's next arrival is fixed before it comes, and the server knows it: a job
// that came without an id gets one from its number, and must keep it if we die before the server
// has heard that we took it. There is at most one such job of each queue: a wait is not begun again
// before the job it brought is taken over.
#pragma once

#include <string>
#include <vector>

#include "claims.h"
#include "narwhal/broker.h"
#include "resp.h"

namespace narwhal::redis {

class Arrivals {
 public:
  // Numbers come from `claims`, which outlives it.
  Arrivals(std::vector<std::string> queues, Claims& claims);

  // Notes a job that is being handed out. Returns its number.
  Reservation take(std::size_t queue, std::string stored);
  // One that nobody has room for.
  void give_back(std::size_t queue, std::string stored) {
    entries_.push_back({0, {}, queue, std::move(stored)});
  }

  [[nodiscard]] bool any() const { return !entries_.empty(); }
  [[nodiscard]] std::size_t count() const { return entries_.size(); }
  [[nodiscard]] std::size_t given_back() const;
  [[nodiscard]] std::size_t queues() const { return queues_.size(); }

  // The words of a script that takes them over: for each, its field ("": give it back), the index
  // of its queue from 1, its bytes, the number of the next one from there.
  static constexpr std::size_t kWords = 4;
  void send(Command& command);
  // The number of each queue's next arrival.
  void send_numbers(Command& command) const;
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

  [[nodiscard]] Reservation new_number();

  const std::vector<std::string> queues_;
  Claims& claims_;
  std::vector<Reservation> next_;  // of each queue
  std::vector<Entry> entries_;
  std::size_t sent_ = 0;  // of the first ones
};

}  // namespace narwhal::redis
