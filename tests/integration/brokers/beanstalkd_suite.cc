#include "integration/brokers/beanstalkd_host.h"

namespace narwhal::test {

HostKind host_under_test() { return host_kind<BeanstalkdHost>("beanstalkd"); }

}  // namespace narwhal::test
