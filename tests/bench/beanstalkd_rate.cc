// What the Beanstalkd adapter costs on top of the server: jobs per CPU second, client and server
// together, on one CPU. Beside it, in the same run on the same server, the bare loop that takes one
// job at a time: reserve, read, delete, read.
//
//   bench_beanstalkd_rate [jobs]
#include <cstdio>
#include <cstdlib>

#include "adapter_rate.h"
#include "bare_broker.h"
#include "subject.h"

namespace narwhal::bench {
namespace {

const std::string kPayload(300, 'x');
constexpr int kRounds = 3;

void print(const std::string& name, const AdapterRate& rate, const AdapterRate& bare) {
  std::printf("%-22s %9.0f jobs per CPU second  client %5.1f us  server %5.1f us  %.2f x bare\n",
              name.c_str(), rate.per_cpu_second, rate.client_micros, rate.server_micros,
              rate.per_cpu_second / bare.per_cpu_second);
}

void run(std::size_t jobs) {
  const auto server = start_beanstalkd();
  const auto processes = [&] { return std::vector{server->server()}; };
  const SystemClock clock;
  for (int round = 0; round < kRounds; ++round) {
    server->fill(kPayload, jobs);
    const BareLoop loop = server->loops().front();
    const AdapterRate bare = measure_rate(processes, jobs, [&] { loop.run(jobs); });
    print("bare " + loop.name, bare, bare);
    for (const int workers : {1, 2, 4, 16}) {
      const auto broker = open_adapter(server->type(), server->config(), workers, clock);
      // The last jobs in hand of one run are the first of the next.
      server->fill(kPayload, jobs);
      const AdapterRate rate =
          measure_rate(processes, jobs, [&] { adapter_loop(*broker, jobs, workers); });
      print("adapter, " + std::to_string(workers) + " workers", rate, bare);
    }
  }
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) {
  // Children inherit it, so the server runs there too.
  narwhal::bench::place_self(narwhal::bench::Placement::pinned);
  narwhal::bench::run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000);
  return 0;
}
