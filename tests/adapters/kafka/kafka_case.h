// KafkaCase: the base of the tests of what is special to Kafka: topics on the server of the run, a
// way to it that can be cut, and masters on it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/kafka/kafka_type.h"
#include "tests/contract/parties.h"
#include "tests/support/kafka_proxy.h"
#include "tests/support/kafka_topics.h"

namespace narwhal::test {

class KafkaCase : public testing::Test, protected Parties {
 protected:
  KafkaCase() : Parties(kafka_broker_type()) {
    url = topics.url(proxy.port());
    // What changes is to be seen soon.
    options = {{"topic.metadata.refresh.interval.ms", "500"}};
  }

  // "0", "1", … as a program would that knows nothing of Narwhal; `key`: of all of them.
  void put_numbered(int count, const std::string& queue = "default",
                    std::optional<std::string> key = {});

  KafkaTopics topics;
  KafkaProxy proxy{topics.server_port()};
};

Verdict retry_verdict(Duration delay = Duration{0}, std::uint32_t attempts = 1);

std::vector<std::string> payloads(const std::vector<Delivery>& jobs);

}  // namespace narwhal::test
