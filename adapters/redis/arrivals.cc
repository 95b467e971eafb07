#include "arrivals.h"

#include <algorithm>

namespace narwhal::redis {

std::size_t Arrivals::given_back() const {
  return static_cast<std::size_t>(std::count_if(
      entries_.begin(), entries_.end(), [](const Entry& each) { return each.number == 0; }));
}

void Arrivals::send(Command& command) {
  for (const Entry& each : entries_) {
    command.arg(each.field).arg(static_cast<std::int64_t>(each.queue + 1)).arg(each.stored);
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
