// The Redis adapter's registration: its one line in src/main.cc.
#pragma once

#include "narwhal/broker.h"

namespace narwhal {

const BrokerType& redis_broker_type();

}  // namespace narwhal
