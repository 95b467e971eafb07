#include "integration/brokers/broker_chaos.h"

namespace narwhal::test {
namespace {

NARWHAL_ON_BROKER(BrokerChaos);

TEST_P(BrokerChaos, TenThousandJobsSurviveSixtySecondsOfKilling) { run(); }

}  // namespace
}  // namespace narwhal::test
