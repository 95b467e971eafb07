// The program: what main() does once it has said which adapters there are.
#pragma once

#include <vector>

#include "narwhal/broker.h"

namespace narwhal {

// Returns the exit status.
int run_program(int argc, char** argv, const std::vector<const BrokerType*>& types);

}  // namespace narwhal
