#include "master/worker_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace narwhal {
namespace {

// Job n is claimed in word n mod kJobs of the shared page. A number whose word belongs to a job in
// hand is passed over: it would wipe out that job's offer.
JobSequence next_sequence(WorkerSlot& slot) {
  const auto in_use = [&](JobSequence number) {
    const auto shares = [number](const JobInHand& job) {
      return job.sequence % SlotPage::kJobs == number % SlotPage::kJobs;
    };
    return (slot.current && shares(*slot.current)) ||
           std::any_of(slot.ahead.begin(), slot.ahead.end(), shares);
  };
  do {
    ++slot.last_sequence;
  } while (in_use(slot.last_sequence));
  return slot.last_sequence;
}

}  // namespace

std::string_view worker_state_name(WorkerState state) {
  switch (state) {
    case WorkerState::vacant:
      return "vacant";
    case WorkerState::starting:
      return "starting";
    case WorkerState::ready:
      return "ready";
    case WorkerState::leaving:
      return "leaving";
    case WorkerState::deaf:
      return "deaf";
    case WorkerState::killed:
      return "killed";
  }
  return "unknown";
}

void WorkerTable::resize(std::uint32_t slots) {
  wanted_ = slots;
  while (slots_.size() > slots && !slots_.back().alive()) slots_.pop_back();
  for (WorkerSlot& slot : slots_) slot.retired = slot.index >= slots;
  while (slots_.size() < slots) {
    WorkerSlot slot;
    slot.index = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back(std::move(slot));
  }
}

WorkerSlot* WorkerTable::find_pid(pid_t pid) {
  const auto slot = std::find_if(slots_.begin(), slots_.end(), [pid](const WorkerSlot& candidate) {
    return candidate.alive() && candidate.pid == pid;
  });
  return slot == slots_.end() ? nullptr : &*slot;
}

WorkerSlot* WorkerTable::find_spawn(std::uint64_t spawn) {
  const auto slot =
      std::find_if(slots_.begin(), slots_.end(), [spawn](const WorkerSlot& candidate) {
        return candidate.alive() && candidate.spawn == spawn;
      });
  return slot == slots_.end() ? nullptr : &*slot;
}

void WorkerTable::starting(WorkerSlot& slot, std::uint64_t spawn, TimePoint now) {
  slot.state = WorkerState::starting;
  ++alive_;
  slot.kill_reason = KillReason::none;
  slot.pid = 0;
  slot.spawn = spawn;
  slot.since = slot.started_at = now;
  slot.was_ready = false;
  slot.last_sequence = 0;
  slot.jobs_left = max_jobs_;
  slot.jobs_done = 0;
}

void WorkerTable::ready(WorkerSlot& slot, TimePoint now) {
  slot.state = WorkerState::ready;
  slot.was_ready = true;
  slot.since = now;
  idle_.push_back(slot.index);
}

template <typename Change>
auto WorkerTable::counted(WorkerSlot& slot, Change change) {
  serving_ -= slot.serving() ? 1 : 0;
  ahead_room_ -= slot.room_ahead();
  ahead_count_ -= slot.ahead.size();
  auto result = change();
  serving_ += slot.serving() ? 1 : 0;
  ahead_room_ += slot.room_ahead();
  ahead_count_ += slot.ahead.size();
  return result;
}

void WorkerTable::leaving(WorkerSlot& slot, TimePoint now) {
  leave_service(slot, WorkerState::leaving, now);
}

void WorkerTable::deaf(WorkerSlot& slot, TimePoint now) {
  leave_service(slot, WorkerState::deaf, now);
}

void WorkerTable::killed(WorkerSlot& slot, KillReason reason, TimePoint now) {
  slot.kill_reason = reason;
  leave_service(slot, WorkerState::killed, now);
}

void WorkerTable::leave_service(WorkerSlot& slot, WorkerState state, TimePoint now) {
  forget_idle(slot);
  slot.since = now;
  counted(slot, [&] { return slot.state = state; });
}

void WorkerTable::vacant(WorkerSlot& slot, TimePoint now) {
  forget_idle(slot);
  if (slot.alive()) --alive_;
  slot.state = WorkerState::vacant;
  slot.pid = 0;
  slot.since = now;
  while (slots_.size() > wanted_ && !slots_.back().alive()) slots_.pop_back();
}

WorkerSlot* WorkerTable::next_idle() { return idle_.empty() ? nullptr : &slots_[idle_.back()]; }

std::size_t WorkerTable::ahead_room(std::size_t depth) const {
  const std::size_t most = depth * serving_;
  return std::min(ahead_room_, most - std::min(most, ahead_count_));
}

JobInHand& WorkerTable::assign(WorkerSlot& slot, JobInHand job, TimePoint now) {
  job.sequence = next_sequence(slot);
  job.sent = now;
  job.started = now;
  if (!slot.current) forget_idle(slot);
  return *counted(slot, [&] {
    if (slot.jobs_left != WorkerSlot::kNoLimit) --slot.jobs_left;
    return slot.current ? &slot.ahead.emplace_back(std::move(job))
                        : &slot.current.emplace(std::move(job));
  });
}

JobInHand WorkerTable::take_ahead(WorkerSlot& slot, std::size_t index) {
  return counted(slot, [&] {
    const auto taken = slot.ahead.begin() + static_cast<std::ptrdiff_t>(index);
    JobInHand job = std::move(*taken);
    slot.ahead.erase(taken);
    if (slot.jobs_left != WorkerSlot::kNoLimit) ++slot.jobs_left;
    // The number is not used again: the worker may still find the withdrawn job in its socket.
    return job;
  });
}

std::vector<JobInHand> WorkerTable::take_all(WorkerSlot& slot) {
  return counted(slot, [&] {
    std::vector<JobInHand> jobs;
    if (slot.current) jobs.push_back(std::move(*slot.current));
    std::move(slot.ahead.begin(), slot.ahead.end(), std::back_inserter(jobs));
    slot.current.reset();
    slot.ahead.clear();
    return jobs;
  });
}

std::optional<JobInHand> WorkerTable::finish(WorkerSlot& slot, JobSequence sequence,
                                             TimePoint now) {
  if (!slot.current || slot.current->sequence != sequence) return std::nullopt;
  ++slot.jobs_done;
  auto finished = counted(slot, [&] {
    std::optional<JobInHand> job = std::exchange(slot.current, std::nullopt);
    if (!slot.ahead.empty()) {
      slot.current = std::move(slot.ahead.front());
      slot.ahead.erase(slot.ahead.begin());
    }
    return job;
  });
  if (slot.current) {
    slot.current->started = now;
  } else if (slot.state == WorkerState::ready) {
    idle_.push_back(slot.index);
  }
  return finished;
}

std::size_t WorkerTable::count(WorkerState state) const {
  return static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(),
                    [state](const WorkerSlot& slot) { return slot.state == state; }));
}

std::size_t WorkerTable::busy() const {
  return static_cast<std::size_t>(
      std::count_if(slots_.begin(), slots_.end(),
                    [](const WorkerSlot& slot) { return slot.current.has_value(); }));
}

void WorkerTable::forget_idle(const WorkerSlot& slot) {
  // Searched from the end, where the worker that is given a job stands.
  const auto found = std::find(idle_.rbegin(), idle_.rend(), slot.index);
  if (found != idle_.rend()) idle_.erase(std::next(found).base());
}

}  // namespace narwhal
