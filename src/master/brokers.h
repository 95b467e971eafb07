// All brokers of one master, and which of them a job enqueued from a job goes to.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "master/broker_link.h"

namespace narwhal {

class Brokers {
 public:
  void add(std::unique_ptr<BrokerLink> link, const BrokerConfig& config);

  [[nodiscard]] std::size_t size() const { return links_.size(); }
  BrokerLink& at(std::size_t index) { return *links_[index]; }

  // The broker that serves `queue`: `own` if it does, else another that does, else `own`.
  BrokerLink& route(std::string_view queue, std::size_t own);

  void watch(PollSet& set) const;
  [[nodiscard]] TimePoint wake_at() const;
  [[nodiscard]] std::size_t unconfirmed() const;
  void set_fetching(bool fetching);
  void set_capacity(int jobs);
  void wall_clock_changed();

 private:
  std::vector<std::unique_ptr<BrokerLink>> links_;
  std::unordered_map<std::string, std::vector<std::size_t>> serving_;  // by queue
};

}  // namespace narwhal
