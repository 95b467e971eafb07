#include "integration/brokers/kafka_jobs.h"

#include <algorithm>

#include "adapters/kafka/kafka_type.h"
#include "adapters/kafka/ledger.h"

namespace narwhal::test {

KafkaJobs::KafkaJobs(KafkaTopics& topics, BrokerConfig config)
    : JobStore(kafka_broker_type(), std::move(config)), topics_(topics) {}

int KafkaJobs::live() {
  std::int64_t sum = 0;
  for (const auto& [queue, partition, end, committed] : topics_.standings()) {
    if (queue.ends_with(".dead")) continue;
    const std::int64_t mark = std::max<std::int64_t>(committed.offset, 0);
    const kafka::Ledger ledger("test", mark, committed.metadata);
    sum += std::max<std::int64_t>(end - mark - ledger.finished_above_mark(), 0);
  }
  return static_cast<int>(sum);
}

}  // namespace narwhal::test
