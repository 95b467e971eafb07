#include "master/brokers.h"

#include <algorithm>

namespace narwhal {

void Brokers::add(std::unique_ptr<BrokerLink> link, const BrokerConfig& config) {
  for (const QueueConfig& queue : config.queues) serving_[queue.name].push_back(links_.size());
  links_.push_back(std::move(link));
}

BrokerLink& Brokers::route(std::string_view queue, std::size_t own) {
  const auto found = serving_.find(std::string{queue});
  if (found == serving_.end()) return at(own);
  const auto& serving = found->second;
  const bool own_serves = std::find(serving.begin(), serving.end(), own) != serving.end();
  return at(own_serves ? own : serving.front());
}

void Brokers::watch(PollSet& set) const {
  for (const auto& link : links_) link->watch(set);
}

TimePoint Brokers::wake_at() const {
  TimePoint earliest = kNever;
  for (const auto& link : links_) earliest = std::min(earliest, link->wake_at());
  return earliest;
}

std::size_t Brokers::unconfirmed() const {
  std::size_t count = 0;
  for (const auto& link : links_) count += link->unconfirmed();
  return count;
}

void Brokers::set_fetching(bool fetching) {
  for (const auto& link : links_) link->set_fetching(fetching);
}

void Brokers::set_capacity(int jobs) {
  for (const auto& link : links_) link->set_capacity(jobs);
}

void Brokers::wall_clock_changed() {
  for (const auto& link : links_) link->wall_clock_changed();
}

}  // namespace narwhal
