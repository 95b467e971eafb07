// Chaos on both types of queues, with a server that is really killed.
#include "integration/brokers/broker_chaos.h"
#include "integration/brokers/rabbitmq_server_host.h"

namespace narwhal::test {
namespace {

// On each, half as long as on other brokers.
class RabbitmqChaos : public BrokerChaos {
 protected:
  RabbitmqChaos() : BrokerChaos(30) {}
};
INSTANTIATE_TEST_SUITE_P(Queues, RabbitmqChaos,
                         testing::Values(host_kind<RabbitmqClassicHost>("classic"),
                                         host_kind<RabbitmqQuorumHost>("quorum")),
                         [](const auto& parameter) { return parameter.param.name; });

TEST_P(RabbitmqChaos, TenThousandJobsSurviveAServerThatIsKilled) { run(); }

}  // namespace
}  // namespace narwhal::test
