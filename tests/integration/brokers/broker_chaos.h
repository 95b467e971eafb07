// BrokerChaos: chaos with a server that is killed and restarted as well.
#pragma once

#include "integration/brokers/broker_test.h"
#include "integration/chaos.h"

namespace narwhal::test {

class BrokerChaos : public Chaos<BrokerTest> {
 protected:
  explicit BrokerChaos(int seconds = 60) : Chaos(seconds) {}

  ServerProcess* victim() override { return host->server(); }
  [[nodiscard]] bool remembers_acks() const override { return host->remembers_acks(); }
  [[nodiscard]] bool survives_restart() const override {
    return host->reservations_outlive_sessions();
  }
};

}  // namespace narwhal::test
