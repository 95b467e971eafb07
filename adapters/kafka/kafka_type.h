// The registration of the Kafka adapter, for adapters/registry.cc.
#pragma once

#include "narwhal/broker.h"

namespace narwhal {

const BrokerType& kafka_broker_type();

}  // namespace narwhal
