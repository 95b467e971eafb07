// An adapter's loop alone, without a daemon, beside a bare loop on the same server: what the
// adapter costs. Client is this process.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "narwhal/broker.h"

namespace narwhal::bench {

[[noreturn]] void fail(const std::string& what);

struct AdapterRate {
  double per_second = 0;
  double per_cpu_second = 0;
  double client_micros = 0;  // of CPU, for each job
  double server_micros = 0;
};

// Of `work`, which does `jobs` jobs; `server` gives the server's processes.
AdapterRate measure_rate(const std::function<std::vector<pid_t>()>& server, std::size_t jobs,
                         const std::function<void()>& work);

// Puts `count` jobs of `payload` in the queue "default".
void fill(const BrokerType& type, const BrokerConfig& config, const std::string& payload,
          std::size_t count);

// Connected, as a master with so many workers has it. `clock` outlives it.
std::unique_ptr<Broker> open_adapter(const BrokerType& type, const BrokerConfig& config,
                                     int workers, const Clock& clock);

// A master whose `workers` are done with a job as soon as they have it.
void adapter_loop(Broker& broker, std::size_t jobs, int workers);

}  // namespace narwhal::bench
