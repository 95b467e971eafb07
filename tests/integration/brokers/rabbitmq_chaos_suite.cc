#include "integration/brokers/rabbitmq_host.h"

namespace narwhal::test {

HostKind host_under_test() { return host_kind<RabbitmqServerHost>("rabbitmq"); }

}  // namespace narwhal::test
