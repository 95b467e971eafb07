// The registration of the Beanstalkd adapter, for src/main.cc and src/client.
#pragma once

#include "narwhal/broker.h"

namespace narwhal {

const BrokerType& beanstalkd_broker_type();

}  // namespace narwhal
