#include "delay_shelf.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace narwhal::rabbitmq {

void DelayShelf::hold_at_most(std::chrono::microseconds limit) {
  limit_ = limit;
  find_next();
}

void DelayShelf::put(Delayed job) {
  // A producer's clock may be ahead; those behind it shall not wait for that.
  job.entered = std::min(job.entered, job.since);
  ++unsettled_[job.level];
  jobs_.push_back(std::move(job));
  find_next();
}

std::vector<Delayed> DelayShelf::take(WallTime now) {
  if (now < next_) return {};
  const auto first = std::stable_partition(jobs_.begin(), jobs_.end(),
                                           [&](const Delayed& job) { return move_at(job) > now; });
  std::vector<Delayed> taken(std::make_move_iterator(first), std::make_move_iterator(jobs_.end()));
  jobs_.erase(first, jobs_.end());
  find_next();
  return taken;
}

void DelayShelf::left(std::size_t level) {
  --unsettled_[level];
  find_next();
}

void DelayShelf::clear() {
  jobs_.clear();
  unsettled_ = {};
  next_ = kNothing;
}

// While a level is not full, all of it is here and there is nothing to make room for. A job that
// the server has taken back is stored anew at once: quorum queues drop what comes back too often.
WallTime DelayShelf::move_at(const Delayed& job) const {
  if (job.returned) return job.since;
  WallTime at = std::min(job.due, job.since + limit_);
  if (job.level > 0 && full(job.level))
    at = std::min(at, job.entered + kDelayLevels[job.level].span);
  return at;
}

bool DelayShelf::full(std::size_t level) const {
  return unsettled_[level] >= kDelayLevels[level].prefetch;
}

void DelayShelf::find_next() {
  next_ = kNothing;
  for (const Delayed& job : jobs_) next_ = std::min(next_, move_at(job));
}

}  // namespace narwhal::rabbitmq
