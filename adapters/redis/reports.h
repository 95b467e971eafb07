// Reports: what an adapter has to tell the master at the next step.
#pragma once

#include <string>
#include <vector>

#include "narwhal/broker.h"

namespace narwhal::redis {

class Reports {
 public:
  void deliver(Delivery job) { events_.deliveries.push_back(std::move(job)); }
  void published(PublishToken token, Result<void> result) {
    events_.published.push_back({token, std::move(result)});
  }
  void lost(Reservation reservation, std::string reason) {
    events_.lost.push_back({reservation, std::move(reason)});
  }
  void warn(std::string text, std::vector<BrokerEvents::NoticeField> fields = {}) {
    events_.notices.push_back({BrokerEvents::Level::warning, std::move(text), std::move(fields)});
  }
  void depths(std::vector<QueueDepth> depths) { events_.depths = std::move(depths); }

  [[nodiscard]] std::size_t deliveries() const { return events_.deliveries.size(); }
  [[nodiscard]] bool any() const;
  // Adds all of it to `events`.
  void move_to(BrokerEvents& events);

 private:
  BrokerEvents events_;
};

}  // namespace narwhal::redis
