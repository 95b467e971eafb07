// The daemon's tests on Redis: what is confirmed is on disk.
#pragma once

#include "integration/brokers/broker_host.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {

class RedisHost final : public BrokerHost {
 public:
  [[nodiscard]] const BrokerType& type() const override;
  [[nodiscard]] std::string url() const override { return server_.url(); }
  JobStore& jobs() override { return *jobs_; }
  ServerProcess* server() override { return &server_; }
  [[nodiscard]] std::string socket() const override { return server_.socket(); }
  [[nodiscard]] std::string url_at(const std::string& socket) const override {
    return "redis+unix://" + socket;
  }
  void put_foreign(const std::string& queue, const std::string& payload) override {
    server_.call({"LPUSH", "queue:" + queue, payload});
  }
  [[nodiscard]] bool reservations_outlive_sessions() const override { return true; }

 private:
  RedisServer server_{{"--appendonly", "yes", "--appendfsync", "always"}};
  std::unique_ptr<JobStore> jobs_ = make_jobs();

  std::unique_ptr<JobStore> make_jobs();
};

}  // namespace narwhal::test
