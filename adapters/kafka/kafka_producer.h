// KafkaProducer: the blocking side: enqueues jobs and waits until every replica in sync has them.
#pragma once

#include <memory>

#include "client.h"
#include "narwhal/broker.h"

namespace narwhal::kafka {

class KafkaProducer final : public Producer {
 public:
  static Result<std::unique_ptr<Producer>> open(const BrokerConfig& config);

  Result<std::string> enqueue(const NewJob& job) override;
  Result<std::vector<std::string>> enqueue_all(const std::vector<NewJob>& jobs) override;

 private:
  KafkaProducer(Location location, std::size_t max_payload)
      : client_(std::move(location), max_payload) {}
  void publish(const NewJob& job, const std::string& id);

  Client client_;
  SystemClock clock_;
  std::size_t unanswered_ = 0;
  Result<void> failed_;  // the first failure of what was published
};

}  // namespace narwhal::kafka
