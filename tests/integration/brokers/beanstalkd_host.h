// The daemon's tests on beanstalkd: what is confirmed is on disk.
#pragma once

#include "integration/brokers/broker_host.h"
#include "tests/support/beanstalkd_server.h"

namespace narwhal::test {

class BeanstalkdHost final : public BrokerHost {
 public:
  [[nodiscard]] const BrokerType& type() const override;
  [[nodiscard]] std::string url() const override { return server_.url(); }
  JobStore& jobs() override { return *jobs_; }
  ServerProcess* server() override { return &server_; }
  [[nodiscard]] std::string socket() const override { return server_.path(); }
  [[nodiscard]] std::string url_at(const std::string& socket) const override {
    return "beanstalk+unix://" + socket;
  }
  void put_foreign(const std::string& queue, const std::string& payload) override {
    server_.put(queue, payload);
  }
  void shorten_lease(DaemonConfig& config) const override {
    BrokerHost::shorten_lease(config);
    config.set("broker.options", R"({ ttr = "3" })");
  }
  [[nodiscard]] bool reservations_outlive_sessions() const override { return false; }

 private:
  BeanstalkdServer server_{BeanstalkdServer::Log::synced};
  std::unique_ptr<JobStore> jobs_ = make_jobs();

  std::unique_ptr<JobStore> make_jobs();
};

}  // namespace narwhal::test
