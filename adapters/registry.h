// The adapters of this build, for the daemon and for libnarwhal.
#pragma once

#include <vector>

#include "narwhal/broker.h"

namespace narwhal {

std::vector<const BrokerType*> all_broker_types();

}  // namespace narwhal
