// Chaos with a server that is killed and restarted as well.
#include "integration/chaos.h"

#include "integration/brokers/broker_test.h"

namespace narwhal::test {
namespace {

class BrokerChaos : public Chaos<BrokerTest> {
 protected:
  ServerProcess* victim() override { return host->server(); }
  [[nodiscard]] bool survives_restart() const override {
    return host->reservations_outlive_sessions();
  }
};
NARWHAL_ON_BROKER(BrokerChaos);

TEST_P(BrokerChaos, TenThousandJobsSurviveSixtySecondsOfKilling) { run(); }

}  // namespace
}  // namespace narwhal::test
