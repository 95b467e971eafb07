// Session: what the parts of one Broker share: settings, what the loop wants, and what the next
// step() has to tell the master. Plain data; the master's one thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "location.h"
#include "narwhal/broker.h"

namespace narwhal::kafka {

struct Session {
  Location location;
  std::vector<std::string> queues;
  std::string me;  // as a claimant, see ledger.h
  const Clock* clock = nullptr;
  Duration lease{};
  std::size_t max_payload = 0;

  TimePoint now{};
  std::size_t capacity = 1;
  bool fetching = true;
  std::uint64_t reservations = 0;  // made so far
  BrokerEvents reports;

  void notice(BrokerEvents::Level level, std::string text,
              std::vector<BrokerEvents::NoticeField> fields = {}) {
    reports.notices.push_back({level, std::move(text), std::move(fields)});
  }
  void warn(std::string text, std::vector<BrokerEvents::NoticeField> fields = {}) {
    notice(BrokerEvents::Level::warning, std::move(text), std::move(fields));
  }
};

}  // namespace narwhal::kafka
