// KafkaJobs: the jobs of a test's topics, counted by what its group has committed.
#pragma once

#include "support/daemon/job_store.h"
#include "tests/support/kafka_topics.h"

namespace narwhal::test {

class KafkaJobs final : public JobStore {
 public:
  // `topics` outlives it.
  KafkaJobs(KafkaTopics& topics, BrokerConfig config);

  int live() override;

 private:
  KafkaTopics& topics_;
};

}  // namespace narwhal::test
