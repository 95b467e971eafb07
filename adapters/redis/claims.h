// Claims: the jobs this consumer holds, and what is to become of those already decided on. Pure
// bookkeeping; outlives sessions, since a claim in Redis belongs to the consumer, not to the
// connection.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "format.h"
#include "narwhal/broker.h"

namespace narwhal::redis {

struct Settlement {
  Reservation reservation = 0;  // its number in the in-flight hash
  std::string field;
  Ops ops;                // empty: an ack
  bool in_doubt = false;  // sent before, and the answer never came
};

class Claims {
 public:
  explicit Claims(std::string random_digits) : random_digits_(std::move(random_digits)) {}

  [[nodiscard]] Reservation next_number() const { return next_; }
  // The jobs numbered so far are spoken for, whether or not they ever reach us.
  void skip_to(Reservation next) { next_ = next; }

  void add(Reservation number, std::string queue, std::string stored);
  [[nodiscard]] std::string unique(Reservation number) const;
  static std::string field(Reservation number, std::string_view queue);

  // Takes a claim out, to be settled; none when it was lost before.
  std::optional<Origin> take(Reservation number);

  void decide(Settlement settlement) { pending_.push_back(std::move(settlement)); }
  // Moves up to `most` decided ones to `sent`; nothing may be in `sent` before.
  void send(std::size_t most);
  [[nodiscard]] const std::vector<Settlement>& sent() const { return sent_; }
  // They were answered.
  std::vector<Settlement> take_sent() { return std::exchange(sent_, {}); }
  // What was sent has not been carried out, for certain.
  void unsend();
  // The session ended: whether it was carried out is unknown.
  void in_doubt();
  // One that the server could not carry out waits until retry_stuck().
  void stuck(Settlement settlement) { stuck_.push_back(std::move(settlement)); }
  void retry_stuck();

  [[nodiscard]] bool any_pending() const { return !pending_.empty(); }
  [[nodiscard]] std::size_t undecided() const { return held_.size(); }
  [[nodiscard]] std::size_t unconfirmed() const {
    return pending_.size() + sent_.size() + stuck_.size();
  }
  // How many fields our in-flight hash has, if nobody else touched it.
  [[nodiscard]] std::size_t expected() const { return held_.size() + unconfirmed(); }

  // Compares with the hash: drops the claims it does not have, and returns them; `unknown` receives
  // the fields that no claim is about, the last taken first.
  std::vector<Reservation> compare(const std::vector<std::string>& fields,
                                   std::vector<std::string>& unknown);

 private:
  struct Held {
    std::string queue;
    std::string stored;
  };

  const std::string random_digits_;
  Reservation next_ = 1;
  std::unordered_map<Reservation, Held> held_;
  std::deque<Settlement> pending_;
  std::vector<Settlement> sent_;
  std::vector<Settlement> stuck_;
};

}  // namespace narwhal::redis
