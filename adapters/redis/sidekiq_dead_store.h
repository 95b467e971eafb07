// SidekiqDeadStore: Sidekiq's sorted set "dead".
#pragma once

#include "dead_store.h"

namespace narwhal::redis {

class SidekiqDeadStore final : public DeadStore {
 public:
  explicit SidekiqDeadStore(Client& client) : client_(client), keys_(client.location().prefix) {}

  Result<void> walk(std::string_view queue, std::size_t limit, const Visit& visit) override;
  Result<bool> retry(const Found& found) override;
  Result<bool> remove(const Found& found) override;

 private:
  Client& client_;
  Keys keys_;
};

}  // namespace narwhal::redis
