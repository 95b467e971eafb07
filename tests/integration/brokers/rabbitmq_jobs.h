// RabbitmqJobs: the jobs of a virtual host, counted by the server's HTTP interface.
#pragma once

#include "support/daemon/job_store.h"
#include "tests/support/rabbitmq_server.h"

namespace narwhal::test {

class RabbitmqJobs final : public JobStore {
 public:
  // `http_port`: of the server. `vhost`: as it stands in a path of the interface. `tick`: so often
  // at the least a queue says how much is in it; 0: when it is asked.
  RabbitmqJobs(int http_port, std::string vhost, BrokerConfig config, Duration tick = {});

  int live() override;

 private:
  [[nodiscard]] int count() const;

  const int http_port_;
  const std::string vhost_;
  const Duration tick_;
};

}  // namespace narwhal::test
