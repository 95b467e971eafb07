#include "arrivals.h"

#include <algorithm>

namespace narwhal::redis {

Arrivals::Arrivals(std::vector<std::string> queues, Claims& claims)
    : queues_(std::move(queues)), claims_(claims) {
  for (std::size_t i = 0; i < queues_.size(); ++i) next_.push_back(new_number());
}

Reservation Arrivals::new_number() {
  const Reservation number = claims_.next_number();
  claims_.skip_to(number + 1);
  return number;
}

Reservation Arrivals::take(std::size_t queue, std::string stored) {
  const Reservation number = std::exchange(next_[queue], new_number());
  entries_.push_back({number, Claims::field(number, queues_[queue]), queue, std::move(stored)});
  return number;
}

void Arrivals::send_numbers(Command& command) const {
  for (const Reservation number : next_) command.arg(static_cast<std::int64_t>(number));
}

std::size_t Arrivals::given_back() const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const Entry& each) { return each.number == 0; }));
}

void Arrivals::send(Command& command) {
  for (const Entry& each : entries_) {
    command.arg(each.field)
        .arg(static_cast<std::int64_t>(each.queue + 1))
        .arg(each.stored)
        .arg(static_cast<std::int64_t>(next_[each.queue]));
  }
  sent_ = entries_.size();
}

std::vector<Reservation> Arrivals::sent(const std::vector<std::string_view>& missing) {
  std::vector<Reservation> gone;
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(sent_);
  for (auto each = entries_.begin(); each != end; ++each) {
    if (each->number == 0) continue;
    if (std::find(missing.begin(), missing.end(), each->field) != missing.end()) {
      gone.push_back(each->number);
    }
  }
  entries_.erase(entries_.begin(), end);
  sent_ = 0;
  return gone;
}

}  // namespace narwhal::redis
