#include "partition.h"

#include <algorithm>

namespace narwhal::kafka {

void Partition::claim(std::deque<Waiting>::iterator at) {
  at->claim = next_commit_;
  ledger_.claim(at->offset);
  claimed.push_back(std::move(*at));
  fetched.erase(at);
  dirty_ = true;
}

void Partition::unclaim_all() {
  if (claimed.empty()) return;
  dirty_ = true;
  for (; !claimed.empty(); claimed.pop_back()) {
    bytes -= claimed.back().job.payload.size();
    put_back(std::move(claimed.back()));
  }
}

void Partition::put_back(Waiting waiting) {
  waiting.claim = 0;
  ledger_.unclaim(waiting.offset);
  bytes += waiting.job.payload.size();
  const auto at = std::find_if(fetched.begin(), fetched.end(),
                               [&](const Waiting& other) { return other.offset > waiting.offset; });
  fetched.insert(at, std::move(waiting));
}

void Partition::finish(std::int64_t offset, Reservation verdict) {
  ledger_.finish(offset);
  settled(verdict);
}

void Partition::settled(Reservation verdict) {
  dirty_ = true;
  if (verdict != 0) verdicts_.push_back(verdict);
}

Partition::Commit Partition::begin_commit(std::size_t most_text) {
  dirty_ = false;
  in_flight_ = true;
  ++next_commit_;
  std::move(verdicts_.begin(), verdicts_.end(), std::back_inserter(sent_));
  verdicts_.clear();
  return {ledger_.mark(), ledger_.text(!leaving, most_text)};
}

void Partition::end_commit(bool confirmed) {
  in_flight_ = false;
  if (confirmed) {
    confirmed_ = next_commit_ - 1;
  } else {
    dirty_ = true;
    std::move(sent_.begin(), sent_.end(), std::back_inserter(verdicts_));
  }
  sent_.clear();
}

std::size_t Partition::unconfirmed() const {
  const auto settling = std::count_if(held.begin(), held.end(),
                                      [](const auto& each) { return each.second.settling; });
  return verdicts_.size() + sent_.size() + static_cast<std::size_t>(settling);
}

std::vector<Reservation> Partition::open_reservations() const {
  std::vector<Reservation> all(verdicts_);
  all.insert(all.end(), sent_.begin(), sent_.end());
  for (const auto& [reservation, held_job] : held) all.push_back(reservation);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace narwhal::kafka
