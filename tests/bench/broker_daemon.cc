// The daemon on Redis and on Beanstalkd, end to end, with jobs that do nothing, beside the bare
// loops that take one job at a time from the same server, and beside the bare hand-off. CPU time is
// all there is: the server's, the master's and the workers', or the server's and the loop's.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "bare_broker.h"
#include "bench_daemon.h"
#include "check.h"
#include "hand_off_floor.h"
#include "options.h"
#include "payload.h"
#include "process_usage.h"
#include "statistics.h"

namespace narwhal::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Run {
  Window window;
  double server_us = 0;

  [[nodiscard]] double total_us() const { return window.total_us() + server_us; }
};

Run run_daemon(const BareBroker& broker, std::size_t jobs, int workers, Placement placement) {
  broker.fill(active_job_payload(), jobs);
  const BenchDaemon daemon{{broker.url(), workers, Job::sdk, placement}};
  const Subject& subject = daemon.subject();
  wait_until([&] { return subject.jobs() >= jobs / 10; }, "see the first tenth of the jobs done");
  const double server = cpu_seconds(broker.server());
  Run run;
  run.window = watch(subject, /*seconds=*/60, jobs * 9 / 10);
  run.server_us = (cpu_seconds(broker.server()) - server) * 1e6 / run.window.jobs;
  wait_until([&] { return subject.jobs() >= jobs; }, "see all jobs done");
  return run;
}

// In a child of its own, whose CPU time is the loop's.
Run run_bare(const BareBroker& broker, const BareLoop& loop, std::size_t jobs) {
  broker.fill(active_job_payload(), jobs);
  const double server = cpu_seconds(broker.server());
  const auto begin = Clock::now();
  const pid_t child = ::fork();
  check(child >= 0, "fork");
  if (child == 0) {
    loop.run(jobs);
    ::_exit(0);
  }
  // Its CPU time can be read until it is reaped.
  siginfo_t ended{};
  check(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == 0, "wait");
  Run run;
  run.window.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  run.window.master_cpu = cpu_seconds(child);
  run.window.jobs = static_cast<double>(jobs);
  run.server_us = (cpu_seconds(broker.server()) - server) * 1e6 / run.window.jobs;
  ::waitpid(child, nullptr, 0);
  check(ended.si_status == 0, "run the bare loop");
  return run;
}

struct Rounds {
  std::vector<double> rate, client, worker, server, cpu_ratio, rate_ratio;

  void add(const Run& run, const Run& bare) {
    rate.push_back(run.window.rate());
    client.push_back(run.window.master_us());
    worker.push_back(run.window.worker_us());
    server.push_back(run.server_us);
    cpu_ratio.push_back(bare.total_us() / run.total_us());
    rate_ratio.push_back(run.window.rate() / bare.window.rate());
  }

  void print(const std::string& name, Placement placement) const {
    const double total = median(client) + median(worker) + median(server);
    std::printf("%-26s %6s | %9.0f %10.0f | %6.2f + %6.2f + %6.2f = %6.2f | %5.2f %6.2f\n",
                name.c_str(), name_of(placement), median(rate), 1e6 / total, median(client),
                median(worker), median(server), total, median(cpu_ratio), median(rate_ratio));
    std::fflush(stdout);
  }
};

void measure(const BareBroker& broker, const char* name, const Options& options,
             Placement placement) {
  const std::size_t jobs = options.smoke ? 2'000 : options.quick ? 40'000 : 150'000;
  const std::vector<BareLoop> loops = broker.loops();
  const std::vector<int> crews = options.smoke ? std::vector{2} : std::vector{1, 2, 4, 64};
  std::vector<Rounds> bare(loops.size()), daemon(crews.size());
  for (int round = 0; round < options.rounds; ++round) {
    std::vector<Run> runs;
    for (const BareLoop& loop : loops) runs.push_back(run_bare(broker, loop, jobs / 2));
    for (std::size_t i = 0; i < loops.size(); ++i) bare[i].add(runs[i], runs.back());
    for (std::size_t i = 0; i < crews.size(); ++i) {
      daemon[i].add(run_daemon(broker, jobs, crews[i], placement), runs.back());
    }
  }
  for (std::size_t i = 0; i < loops.size(); ++i) bare[i].print(loops[i].name, placement);
  for (std::size_t i = 0; i < crews.size(); ++i) {
    daemon[i].print(std::string{"daemon, "} + name + ", " + std::to_string(crews[i]), placement);
  }
}

void measure_floor(const Options& options, Placement placement) {
  const HandOffFloor floor{{.workers = 4, .job_bytes = 300, .placement = placement}};
  const Window window = watch(floor.subject(), options.smoke ? 0.1 : options.seconds);
  std::printf("%-26s %6s | %9.0f %10.0f | %6.2f + %6.2f\n", "bare hand-off, 4", name_of(placement),
              window.rate(), window.per_cpu_second(), window.master_us(), window.worker_us());
}

void run(const Options& options) {
  std::puts(
      "what, workers              where  |    jobs/s  per CPU s | us/job: client + worker + server "
      "= all | ratio: CPU  jobs/s");
  // The free cases come first: a placement stays with the process, and its servers inherit it.
  for (const Placement placement : {Placement::free, Placement::pinned}) {
    place_self(placement);
    measure_floor(options, placement);
    measure(*start_redis(), "redis", options, placement);
    measure(*start_beanstalkd(), "beanstalkd", options, placement);
  }
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) { narwhal::bench::run(narwhal::bench::Options::parse(argc, argv)); }
