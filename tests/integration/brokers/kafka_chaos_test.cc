// Chaos with a server that is really killed.
#include "integration/brokers/broker_chaos.h"
#include "integration/brokers/kafka_server_host.h"

namespace narwhal::test {
namespace {

// A restart of Kafka takes so long that more time would bring little more.
class KafkaChaos : public BrokerChaos {
 protected:
  KafkaChaos() : BrokerChaos(15) {}
};
INSTANTIATE_TEST_SUITE_P(Broker, KafkaChaos, testing::Values(host_kind<KafkaServerHost>("kafka")),
                         [](const auto& parameter) { return parameter.param.name; });

TEST_P(KafkaChaos, TenThousandJobsSurviveAServerThatIsKilled) { run(); }

}  // namespace
}  // namespace narwhal::test
