// Hand: the jobs in the master's hand, and the verdicts on their way to the database. Outlives
// sessions: a verdict that could not be recorded in one is recorded in the next.
#pragma once

#include <unordered_map>
#include <vector>

#include "narwhal/broker.h"
#include "settler.h"

namespace narwhal::sqlite {

class Hand {
 public:
  // A job was claimed. Returns the name under which it is known from now on.
  Reservation take(std::int64_t row, std::int64_t owner) {
    in_hand_.emplace(next_, Place{row, owner});
    return next_++;
  }

  // Queues a verdict. One on a job that was reported as lost is dropped.
  void settle(Delivery job, Verdict verdict) {
    const auto at = in_hand_.find(job.reservation);
    if (at == in_hand_.end()) return;
    Settlement settlement;
    settlement.reservation = job.reservation;
    settlement.row = at->second.row;
    settlement.owner = at->second.owner;
    settlement.job = std::move(job.id);
    in_hand_.erase(at);
    if (verdict.rewritten) {
      settlement.queue = std::move(job.queue);
      settlement.payload = std::move(job.payload);
      settlement.priority = job.priority;
    }
    settlement.verdict = std::move(verdict);
    settlements_.push_back(std::move(settlement));
  }

  [[nodiscard]] const std::vector<Settlement>& settlements() const { return settlements_; }
  void settled() { settlements_.clear(); }

  [[nodiscard]] bool empty() const { return in_hand_.empty() && settlements_.empty(); }

  // Forgets every job and verdict; returns their reservations.
  std::vector<Reservation> lose_all() {
    std::vector<Reservation> lost;
    for (const auto& [reservation, place] : in_hand_) lost.push_back(reservation);
    for (const auto& settlement : settlements_) lost.push_back(settlement.reservation);
    in_hand_.clear();
    settlements_.clear();
    return lost;
  }

 private:
  struct Place {
    std::int64_t row = 0;
    std::int64_t owner = 0;
  };

  Reservation next_ = 1;
  std::unordered_map<Reservation, Place> in_hand_;
  std::vector<Settlement> settlements_;
};

}  // namespace narwhal::sqlite
