#include "intake.h"

#include <algorithm>

namespace narwhal::kafka {
namespace {

// Of payloads that wait here, for each partition; one job may always wait, however large.
constexpr std::size_t kMostBytes = std::size_t{4} << 20U;
// Jobs with a time of their own that wait here, for each partition. All are due within a second.
constexpr std::size_t kMostTimed = 2000;
// So long a partition that says nothing is taken for one that may have jobs.
constexpr Duration kUnknownTime = std::chrono::seconds{1};

}  // namespace

Intake::Intake(Session& session, Assignment& assignment, Publisher& publisher, std::string queue)
    : session_(session), assignment_(assignment), publisher_(publisher), queue_(std::move(queue)) {}

void Intake::add(Partition& partition, bool first) {
  (first ? first_ : rest_).push_back(&partition);
}

void Intake::remove(const Partition& partition) {
  std::erase(first_, &partition);
  std::erase(rest_, &partition);
}

bool Intake::has(const Partition& partition) const {
  const auto is_it = [&](const Partition* other) { return other == &partition; };
  return std::any_of(first_.begin(), first_.end(), is_it) ||
         std::any_of(rest_.begin(), rest_.end(), is_it);
}

// --- Fetching

void Intake::fetch(std::size_t most) {
  for (auto* partitions : {&first_, &rest_}) {
    for (Partition* partition : *partitions) fetch(*partition, most);
  }
}

void Intake::fetch(Partition& partition, std::size_t most) {
  ripen(partition);
  if (partition.revoked) return;
  while (partition.fetched.size() + partition.claimed.size() < most &&
         partition.timed.size() < kMostTimed && partition.bytes < kMostBytes) {
    if (!partition.ledger().has_room()) return;
    const Message message = partition.poll();
    if (!message) return;
    on_message(partition, *message);
  }
}

void Intake::ripen(Partition& partition) const {
  if (partition.timed.empty()) return;
  const WallTime now = session_.clock->wall_now();
  while (!partition.timed.empty() && partition.timed.begin()->first <= now) {
    partition.fetched.push_back(std::move(partition.timed.begin()->second));
    partition.timed.erase(partition.timed.begin());
  }
}

// --- Handing out

bool Intake::has_ready() const {
  const auto ready = [](const Partition* partition) {
    return !partition->revoked && partition->has_ready();
  };
  return std::any_of(first_.begin(), first_.end(), ready) ||
         std::any_of(rest_.begin(), rest_.end(), ready);
}

std::pair<Partition*, Partition::Waiting> Intake::take() {
  for (const auto* partitions : {&first_, &rest_}) {
    for (std::size_t i = 0; i < partitions->size(); ++i) {
      Partition* partition = (*partitions)[(turn_ + i) % partitions->size()];
      if (partition->revoked || !partition->has_ready()) continue;
      turn_ += i + 1;
      Partition::Waiting waiting = std::move(partition->claimed.front());
      partition->claimed.pop_front();
      partition->bytes -= waiting.job.payload.size();
      return {partition, std::move(waiting)};
    }
  }
  return {};
}

std::size_t Intake::coming() const {
  std::size_t count = 0;
  for (const auto* partitions : {&first_, &rest_}) {
    for (const Partition* partition : *partitions) {
      if (partition->revoked) continue;
      count += partition->claimed.size();
      for (const auto& waiting : partition->fetched) {
        if (may_claim(*partition, waiting)) ++count;
        if (session_.location.order == Order::partition) break;
      }
    }
  }
  return count;
}

bool Intake::has_nothing() const { return coming() == 0 && session_.now >= settled_at(); }

TimePoint Intake::settled_at() const {
  TimePoint at{};
  for (const auto* partitions : {&first_, &rest_}) {
    for (const Partition* partition : *partitions) {
      // One whose order holds it back has nothing for now.
      const bool blocked = partition->revoked || !partition->fetched.empty();
      if (!partition->at_end && !blocked)
        at = std::max(at, partition->unknown_since + kUnknownTime);
    }
  }
  return at;
}

std::size_t Intake::claimed() const {
  std::size_t count = 0;
  for (const auto* partitions : {&first_, &rest_}) {
    for (const Partition* partition : *partitions) count += partition->claimed.size();
  }
  return count;
}

std::size_t Intake::claim(std::size_t count) {
  std::size_t done = 0;
  for (const auto* partitions : {&first_, &rest_}) {
    // An orphan's copy can be here before it is confirmed. Were it claimed while its original is
    // still open, and this master died, too, the next one would find two of it.
    if (partitions == &first_ && renewing_ > 0) continue;
    bool any = true;
    while (any && done < count) {
      any = false;
      for (std::size_t i = 0; i < partitions->size() && done < count; ++i) {
        if (!claim_one(*(*partitions)[(turn_ + i) % partitions->size()])) continue;
        any = true;
        ++done;
      }
    }
  }
  return done;
}

bool Intake::claim_one(Partition& partition) {
  if (partition.revoked) return false;
  for (auto at = partition.fetched.begin(); at != partition.fetched.end(); ++at) {
    if (may_claim(partition, *at)) {
      partition.claim(at);
      return true;
    }
    if (session_.location.order == Order::partition) return false;
  }
  return false;
}

bool Intake::may_claim(const Partition& partition, const Partition::Waiting& waiting) const {
  switch (session_.location.order) {
    case Order::none:
      return true;
    case Order::partition:
      return partition.claimed.empty() && partition.held.empty();
    case Order::key:
      break;
  }
  if (!waiting.key) return true;
  const auto same = [&](const auto& other) { return other.key == waiting.key; };
  return std::none_of(partition.claimed.begin(), partition.claimed.end(), same) &&
         std::none_of(partition.held.begin(), partition.held.end(),
                      [&](const auto& each) { return same(each.second); });
}

void Intake::unclaim() {
  for (const auto* partitions : {&first_, &rest_}) {
    for (Partition* partition : *partitions) partition->unclaim_all();
  }
}

// --- Numbers

std::size_t Intake::in_hand() const {
  std::size_t count = 0;
  for (const auto* partitions : {&first_, &rest_}) {
    for (const Partition* partition : *partitions) count += partition->held.size();
  }
  return count;
}

std::size_t Intake::not_due() const {
  std::size_t count = 0;
  for (const Partition* partition : first_) count += partition->timed.size();
  return count;
}

Duration Intake::oldest_age(WallTime now) const {
  WallTime oldest = now;
  for (const auto* partitions : {&first_, &rest_}) {
    for (const Partition* partition : *partitions) {
      for (const auto* waiting : {&partition->claimed, &partition->fetched}) {
        if (!waiting->empty()) oldest = std::min(oldest, waiting->front().job.enqueued_at);
      }
    }
  }
  return now - oldest;
}

WallTime Intake::next_due() const {
  WallTime next = WallTime::max();
  for (const auto* partitions : {&first_, &rest_}) {
    for (const Partition* partition : *partitions) {
      if (!partition->timed.empty()) next = std::min(next, partition->timed.begin()->first);
    }
  }
  return next;
}

}  // namespace narwhal::kafka
