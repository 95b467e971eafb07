#include "master/dispatch.h"

#include <algorithm>
#include <utility>

namespace narwhal {

int Dispatch::want(TimePoint now) {
  const WorkerTable& table = crew_.table();
  std::size_t room = table.idle_count();
  if (short_jobs()) {
    drop_unfit(now);
    room += std::min(busy_.size() * depth(), table.ahead_room(depth()));
  }
  return static_cast<int>(room) - static_cast<int>(std::min(held_.size(), room));
}

void Dispatch::hand_over(TimePoint now) {
  do {
    give_out(now);
  } while (recall_slow(now));
  crew_.send_given();
}

void Dispatch::give_out(TimePoint now) {
  WorkerTable& table = crew_.table();
  while (!held_.empty()) {
    WorkerSlot* slot = table.next_idle();
    if (slot == nullptr) break;
    give(*slot, now);
  }
  while (!held_.empty() && short_jobs() && held_.front().delivery.payload.size() <= kLargestAhead) {
    WorkerSlot* slot = next_for_ahead(now);
    if (slot == nullptr) break;
    give_ahead(*slot, now);
  }
  wake_at_ = held_.empty() ? kNever : held_.front().since + kHoldTime;
}

void Dispatch::give(WorkerSlot& slot, TimePoint now) {
  Held held = std::move(held_.front());
  held_.pop_front();
  const bool first = !slot.current;
  if (!first) recall_at_ = std::min(recall_at_, slot.current->started + kPatienceIdle);
  JobInHand job;
  job.delivery = std::move(held.delivery);
  job.broker = held.broker;
  crew_.give(slot, std::move(job), now);
  if (first) begin_current(slot, now);
}

// Its share of what is in hand, as the others that wait in busy_ can take some too.
void Dispatch::give_ahead(WorkerSlot& slot, TimePoint now) {
  const std::size_t takers = busy_.size() + 1;
  std::size_t share = std::min((held_.size() + takers - 1) / takers, depth() - slot.ahead.size());
  for (; share > 0 && slot.room_ahead() > 0; --share) {
    if (held_.front().delivery.payload.size() > kLargestAhead) return;
    give(slot, now);
  }
}

std::size_t Dispatch::depth() const {
  const auto fit = static_cast<std::size_t>(kAheadTime / std::max(mean_run_, Duration{1}));
  return std::clamp<std::size_t>(fit, 1, WorkerSlot::kMostAhead);
}

void Dispatch::begin_current(WorkerSlot& slot, TimePoint now) {
  if (job_timeout_.count() > 0) slot.current->deadline = now + job_timeout_;
  if (log_.enabled(LogConfig::Level::debug)) {
    const Delivery& job = slot.current->delivery;
    log_.debug("job started", {{"worker", slot.index},
                               {"pid", slot.pid},
                               {"job", job.id},
                               {"queue", job.queue},
                               {"attempt", job.counters.attempts + 1}});
  }
  if (in_busy_.size() <= slot.index) in_busy_.resize(slot.index + 1U);
  if (in_busy_[slot.index]) return;
  in_busy_[slot.index] = true;
  busy_.push_back(slot.index);
}

WorkerSlot* Dispatch::next_for_ahead(TimePoint now) {
  drop_unfit(now);
  if (busy_.empty()) return nullptr;
  const std::uint32_t index = busy_.front();
  busy_.pop_front();
  in_busy_[index] = false;
  return &crew_.table().at(index);
}

// The front of the list is the longest running job; one that is not short gets nothing sent ahead.
void Dispatch::drop_unfit(TimePoint now) {
  const auto& slots = crew_.table().slots();
  while (!busy_.empty()) {
    const std::uint32_t index = busy_.front();
    const bool fit = index < slots.size() && slots[index].room_ahead() > 0 &&
                     slots[index].ahead.size() < depth() &&
                     now - slots[index].current->started < kPatience;
    if (fit) return;
    busy_.pop_front();
    in_busy_[index] = false;
  }
}

bool Dispatch::recall_slow(TimePoint now) {
  if (crew_.table().ahead_count() == 0) return false;
  const bool somebody_idle = crew_.table().next_idle() != nullptr;
  if (now < recall_at_) {
    // Only an idle worker makes the earlier time matter; it is not worth a wake-up otherwise.
    // Never: what is ahead has begun, and its worker's message is on its way.
    const bool exact = somebody_idle || recall_at_ == kNever;
    wake_at_ = std::min(wake_at_, exact ? recall_at_ : recall_at_ + kPatience);
    return false;
  }
  const Duration patience = somebody_idle ? kPatienceIdle : kPatience;
  recall_at_ = kNever;
  bool recalled = false;
  for (WorkerSlot& slot : crew_.table().slots()) {
    if (slot.ahead.empty()) continue;
    if (now - slot.current->started >= patience) {
      recalled = recall(slot, now) || recalled;
    } else {
      recall_at_ = std::min(recall_at_, slot.current->started + kPatienceIdle);
      wake_at_ = std::min(wake_at_, slot.current->started + patience);
    }
  }
  return recalled;
}

bool Dispatch::recall(WorkerSlot& slot, TimePoint now) {
  // What it has begun stays: the result of the job before that is on its way here.
  std::vector<JobInHand> jobs = crew_.withdraw_ahead(slot);
  if (jobs.empty()) return false;
  // From the back: each goes to the front of those that wait.
  for (; !jobs.empty(); jobs.pop_back()) {
    take_back({std::move(jobs.back().delivery), jobs.back().broker, now});
  }
  return true;
}

void Dispatch::note_run(WorkerSlot& slot, Duration took, TimePoint now) {
  // The mean over about the last eight runs.
  mean_run_ += (std::min(took, 100 * kShortJob) - mean_run_) / 8;
  if (slot.current) begin_current(slot, now);
}

std::optional<Delivery> Dispatch::forget(std::size_t broker, Reservation reservation) {
  const auto found = std::find_if(held_.begin(), held_.end(), [&](const Held& held) {
    return held.broker == broker && held.delivery.reservation == reservation;
  });
  if (found == held_.end()) return std::nullopt;
  Delivery job = std::move(found->delivery);
  held_.erase(found);
  return job;
}

std::vector<Dispatch::Held> Dispatch::give_up(TimePoint now, bool all) {
  std::vector<Held> back;  // empty in nearly every turn: then it costs nothing
  while (!held_.empty() && (all || now - held_.front().since >= kHoldTime)) {
    back.push_back(std::move(held_.front()));
    held_.pop_front();
  }
  return back;
}

}  // namespace narwhal
