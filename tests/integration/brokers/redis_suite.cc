#include "integration/brokers/redis_host.h"

namespace narwhal::test {

HostKind host_under_test() { return host_kind<RedisHost>("redis"); }

}  // namespace narwhal::test
