// Chaos on both types of queues, with a server that is really killed.
#include "integration/brokers/broker_chaos.h"
#include "integration/brokers/rabbitmq_server_host.h"

namespace narwhal::test {
namespace {

INSTANTIATE_TEST_SUITE_P(Rabbitmq, BrokerChaos,
                         testing::Values(host_kind<RabbitmqClassicHost>("classic"),
                                         host_kind<RabbitmqQuorumHost>("quorum")),
                         [](const auto& parameter) { return parameter.param.name; });

TEST_P(BrokerChaos, TenThousandJobsSurviveAServerThatIsKilled) { run(); }

}  // namespace
}  // namespace narwhal::test
