// The daemon on an SQLite queue, end to end, with jobs that do nothing, beside a bare loop of
// claims and acks on the same tables with the batch size that the daemon turned out to have. Also
// what enqueueing costs, with a synchronous commit each or in bulk.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "bare_queue.h"
#include "bench_daemon.h"
#include "options.h"
#include "payload.h"
#include "process_usage.h"
#include "queue_file.h"
#include "statistics.h"

namespace narwhal::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct DaemonRun {
  Window window;
  double batch = 0;  // jobs per transaction
};

// The window leaves out the start and the end of the queue.
DaemonRun run_daemon(std::size_t jobs, int workers, Placement placement) {
  QueueFile queue;
  queue.enqueue_bulk(active_job_payload(), jobs);
  const BenchDaemon daemon{{queue.url(), workers, Job::sdk, placement}};
  const Subject& subject = daemon.subject();
  wait_until([&] { return subject.jobs() >= jobs / 10; }, "see the first tenth of the jobs done");
  const std::uint32_t before = transactions(queue.path());
  DaemonRun run;
  run.window = watch(subject, /*seconds=*/60, jobs * 9 / 10);
  run.batch = run.window.jobs / static_cast<double>(transactions(queue.path()) - before);
  return run;
}

// In a child of its own, since the placement stays with a process.
Window run_bare(std::size_t jobs, int batch, Placement placement) {
  QueueFile queue;
  queue.enqueue_bulk(active_job_payload(), jobs);
  int ends[2];
  check(::pipe(ends) == 0, "make a pipe");
  const pid_t child = ::fork();
  check(child >= 0, "fork");
  if (child == 0) {
    place_self(placement);
    BareQueue bare{queue.path()};
    const double cpu = cpu_seconds(::getpid());
    const auto begin = Clock::now();
    Window window;
    while (window.jobs < static_cast<double>(jobs) * 0.9 && bare.turn(batch)) {
      window.jobs += static_cast<double>(bare.claimed());
    }
    window.seconds = seconds_since(begin);
    window.master_cpu = cpu_seconds(::getpid()) - cpu;
    ::_exit(::write(ends[1], &window, sizeof window) == sizeof window ? 0 : 1);
  }
  Window window;
  check(::read(ends[0], &window, sizeof window) == sizeof window, "read the bare loop's figures");
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  return window;
}

void measure(const Options& options, std::size_t jobs, int workers, Placement placement) {
  std::vector<double> batch, bare_rate, bare_cpu, rate, master, worker, rate_ratio, cpu_ratio;
  for (int round = 0; round < options.rounds; ++round) {
    const DaemonRun daemon = run_daemon(jobs, workers, placement);
    const int size = std::max(1, static_cast<int>(daemon.batch + 0.5));
    const Window bare = run_bare(jobs, size, placement);
    batch.push_back(daemon.batch);
    bare_rate.push_back(bare.rate());
    bare_cpu.push_back(bare.master_us());
    rate.push_back(daemon.window.rate());
    master.push_back(daemon.window.master_us());
    worker.push_back(daemon.window.worker_us());
    rate_ratio.push_back(daemon.window.rate() / bare.rate());
    cpu_ratio.push_back(bare.master_us() / daemon.window.total_us());
  }
  std::printf("%7d %6s | %5.1f | %9.0f %8.2f | %9.0f %15.2f + %6.2f | %6.2f %6.2f\n", workers,
              name_of(placement), median(batch), median(bare_rate), median(bare_cpu), median(rate),
              median(master), median(worker), median(rate_ratio), median(cpu_ratio));
  std::fflush(stdout);
}

void measure_enqueue(std::size_t singles, std::size_t bulk) {
  QueueFile queue;
  auto begin = Clock::now();
  for (std::size_t i = 0; i < singles; ++i) queue.enqueue(active_job_payload());
  const double single = static_cast<double>(singles) / seconds_since(begin);
  begin = Clock::now();
  queue.enqueue_bulk(active_job_payload(), bulk);
  std::printf("enqueue, jobs/s: one at a time %.0f, in bulk %.0f\n", single,
              static_cast<double>(bulk) / seconds_since(begin));
}

void run(const Options& options) {
  const std::size_t jobs = options.smoke ? 500 : options.quick ? 60'000 : 200'000;
  measure_enqueue(jobs / 50, jobs);
  std::puts(
      "workers  where | batch | bare: jobs/s   us/job | daemon: jobs/s us/job: master + worker | "
      "ratio: jobs/s CPU");
  for (const Placement placement : {Placement::free, Placement::pinned}) {
    for (const int workers : {1, 4, 64}) {
      if (options.smoke && workers != 4) continue;
      measure(options, workers == 1 ? jobs / 3 : jobs, workers, placement);
    }
  }
  for (const int batch : {1, 4, 10, 50}) {
    const Window bare = run_bare(jobs, batch, Placement::pinned);
    std::printf("bare loop pinned, batch %2d: %.0f jobs/s, %.2f us/job\n", batch, bare.rate(),
                bare.master_us());
  }
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) { narwhal::bench::run(narwhal::bench::Options::parse(argc, argv)); }
