// The registration of the RabbitMQ adapter, for adapters/registry.cc.
#pragma once

#include "narwhal/broker.h"

namespace narwhal {

const BrokerType& rabbitmq_broker_type();

}  // namespace narwhal
