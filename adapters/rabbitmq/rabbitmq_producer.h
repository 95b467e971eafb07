// RabbitmqProducer: the blocking side: enqueues jobs and waits for the server's confirmation.
#pragma once

#include <memory>

#include "client.h"
#include "narwhal/broker.h"
#include "publisher.h"

namespace narwhal::rabbitmq {

class RabbitmqProducer final : public Producer {
 public:
  static Result<std::unique_ptr<Producer>> open(const BrokerConfig& config);
  ~RabbitmqProducer() override { client_.leave(); }

  Result<std::string> enqueue(const NewJob& job) override;
  Result<std::vector<std::string>> enqueue_all(const std::vector<NewJob>& jobs) override;

 private:
  RabbitmqProducer(Location location, std::shared_ptr<net::TlsContext> tls,
                   std::size_t max_payload);
  Result<void> connect();
  void publish(const NewJob& job, const std::string& id);

  Client client_;
  Publisher publisher_;
  const std::size_t max_payload_;
  SystemClock clock_;
  std::size_t unanswered_ = 0;
  Result<void> failed_;  // the first failure of what was published
};

}  // namespace narwhal::rabbitmq
