#include "integration/brokers/kafka_host.h"

namespace narwhal::test {

HostKind host_under_test() { return host_kind<KafkaHost>("kafka"); }

}  // namespace narwhal::test
