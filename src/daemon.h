// `narwhal run`: builds the master and everything it needs, and runs it.
#pragma once

#include <vector>

#include "base/self_pipe.h"
#include "exit_code.h"
#include "narwhal/broker.h"
#include "narwhal/config.h"

namespace narwhal {

// `signals`: installed before anything else was done, so that a signal that arrived since counts.
ExitCode run_daemon(const Config& config, const std::vector<const BrokerType*>& types,
                    SelfPipe& signals);

}  // namespace narwhal
