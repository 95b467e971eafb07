#include "integration/brokers/beanstalkd_host.h"
#include "integration/brokers/broker_test.h"

namespace narwhal::test {

INSTANTIATE_TEST_SUITE_P(Beanstalkd, BrokerTest, testing::Values(make_host<BeanstalkdHost>()),
                         [](const auto&) { return "beanstalkd"; });

}  // namespace narwhal::test
