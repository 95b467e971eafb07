// NarwhalDeadStore: one sorted set per queue, of DeadRecords.
#pragma once

#include "dead_store.h"

namespace narwhal::redis {

class NarwhalDeadStore final : public DeadStore {
 public:
  explicit NarwhalDeadStore(Client& client) : client_(client), keys_(client.location().prefix) {}

  Result<void> walk(std::string_view queue, std::size_t limit, const Visit& visit) override;
  Result<bool> retry(const Found& found) override;
  Result<bool> remove(const Found& found) override;

 private:
  Result<std::vector<std::string>> queues(std::string_view queue);

  Client& client_;
  Keys keys_;
};

}  // namespace narwhal::redis
