#include "claims.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace narwhal::redis {
namespace {

Reservation number_in(const std::string& field) {
  Reservation number = 0;
  std::from_chars(field.data(), field.data() + field.size(), number);
  return number;
}

}  // namespace

void Claims::add(Reservation number, std::string queue, std::string stored) {
  held_.emplace(number, Held{std::move(queue), std::move(stored)});
}

std::string Claims::unique(Reservation number) const { return unique_name(random_digits_, number); }

std::string Claims::field(Reservation number, std::string_view queue) {
  std::string field = std::to_string(number);
  field += ':';
  field += queue;
  return field;
}

std::optional<Origin> Claims::take(Reservation number) {
  const auto at = held_.find(number);
  if (at == held_.end()) return std::nullopt;
  Origin origin{std::move(at->second.queue), {}, std::move(at->second.stored)};
  held_.erase(at);
  return origin;
}

void Claims::send(std::size_t most) {
  while (!pending_.empty() && sent_.size() < most) {
    sent_.push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
}

void Claims::retry_stuck() {
  for (auto& settlement : stuck_) pending_.push_back(std::move(settlement));
  stuck_.clear();
}

void Claims::unsend() {
  for (auto each = sent_.rbegin(); each != sent_.rend(); ++each) {
    pending_.push_front(std::move(*each));
  }
  sent_.clear();
}

void Claims::in_doubt() {
  for (auto& each : sent_) each.in_doubt = true;
  unsend();
}

std::vector<Reservation> Claims::compare(const std::vector<std::string>& fields,
                                         std::vector<std::string>& unknown) {
  std::unordered_set<Reservation> there;
  for (const auto& field : fields) there.insert(number_in(field));

  std::vector<Reservation> gone;
  for (auto at = held_.begin(); at != held_.end();) {
    const bool lost = !there.contains(at->first);
    if (lost) gone.push_back(at->first);
    at = lost ? held_.erase(at) : std::next(at);
  }
  std::unordered_set<Reservation> decided;
  for (const auto& each : pending_) decided.insert(each.reservation);
  for (const auto& each : sent_) decided.insert(each.reservation);
  for (const auto& each : stuck_) decided.insert(each.reservation);
  for (const auto& field : fields) {
    const Reservation number = number_in(field);
    if (!held_.contains(number) && !decided.contains(number)) unknown.push_back(field);
  }
  std::sort(unknown.begin(), unknown.end(),
            [](const auto& a, const auto& b) { return number_in(a) > number_in(b); });
  std::sort(gone.begin(), gone.end());
  return gone;
}

}  // namespace narwhal::redis
