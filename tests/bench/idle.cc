// The daemon with nothing to do: CPU time and wake-ups of its processes over a while in which
// leases fall due; private memory of master, mold and workers, fresh and after each worker has run
// a thousand jobs; time from start to the first worker ready. On an SQLite queue, with the
// framework's jobs.
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "bench_daemon.h"
#include "options.h"
#include "payload.h"
#include "process_usage.h"
#include "queue_file.h"
#include "statistics.h"

namespace narwhal::bench {
namespace {

struct Usage {
  double cpu = 0;
  double wakes = 0;
};

Usage usage(const std::vector<pid_t>& pids) {
  Usage sum;
  for (const pid_t pid : pids) {
    sum.cpu += cpu_seconds(pid);
    sum.wakes += static_cast<double>(voluntary_switches(pid));
  }
  return sum;
}

void measure_idle(const char* broker, const std::string& url, int workers, double seconds) {
  const BenchDaemon daemon{{url, workers, Job::sdk, Placement::free}};
  const Subject& subject = daemon.subject();
  // What follows a start (first looks at the queue, the log's growth) is over by then.
  std::this_thread::sleep_for(std::chrono::duration<double>(std::min(seconds, 3.0)));
  const std::vector<std::vector<pid_t>> groups = {
      {subject.master}, {daemon.mold()}, subject.workers};
  std::vector<Usage> before;
  for (const auto& group : groups) before.push_back(usage(group));
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  std::printf("idle, %d workers, %s, %.0f s:", workers, broker, seconds);
  const char* const names[] = {"master", "mold", "all workers"};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const Usage after = usage(groups[i]);
    std::printf(" %s %.0f wake-ups, %.2f ms CPU%s", names[i], after.wakes - before[i].wakes,
                (after.cpu - before[i].cpu) * 1000, i + 1 < groups.size() ? ";" : "\n");
  }
  std::fflush(stdout);
}

void print_memory(const char* when, const BenchDaemon& daemon) {
  std::vector<double> workers;
  for (const pid_t pid : daemon.subject().workers) {
    workers.push_back(static_cast<double>(private_kib(pid)));
  }
  std::printf(
      "private memory, KiB, %3zu workers, %-24s: master %llu, mold %llu, worker %.0f (most %.0f)\n",
      workers.size(), when, static_cast<unsigned long long>(private_kib(daemon.subject().master)),
      static_cast<unsigned long long>(private_kib(daemon.mold())), median(workers),
      quantile(workers, 1));
  std::fflush(stdout);
}

void measure_memory(int workers, std::size_t jobs_each) {
  QueueFile queue;
  const BenchDaemon daemon{{queue.url(), workers, Job::sdk, Placement::free}};
  print_memory("fresh", daemon);
  const std::size_t jobs = jobs_each * static_cast<std::size_t>(workers);
  queue.enqueue_bulk(active_job_payload(), jobs);
  wait_until([&] { return daemon.subject().jobs() >= jobs; }, "see all jobs done");
  print_memory(("after " + std::to_string(jobs_each) + " jobs each").c_str(), daemon);
}

void measure_start(const Options& options, int workers) {
  std::vector<double> first, all;
  for (int round = 0; round < options.rounds; ++round) {
    QueueFile queue;
    const BenchDaemon daemon{{queue.url(), workers, Job::sdk, Placement::free}};
    first.push_back(daemon.first_ready_seconds() * 1000);
    all.push_back(daemon.all_ready_seconds() * 1000);
  }
  std::printf("start, %3d workers: first ready after %.1f ms, all after %.1f ms\n", workers,
              median(first), median(all));
  std::fflush(stdout);
}

void run(const Options& options) {
  const int many = options.smoke ? 8 : 100;
  const double seconds = options.smoke ? 0.2 : options.quick ? 12 : 35;
  for (const int workers : {4, many}) measure_start(options, workers);
  for (const int workers : {4, many}) measure_memory(workers, options.smoke ? 10 : 1000);
  measure_idle("in memory", "memory:", many, seconds / 3);
  QueueFile queue;
  measure_idle("sqlite", queue.url(), many, seconds);
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) { narwhal::bench::run(narwhal::bench::Options::parse(argc, argv)); }
