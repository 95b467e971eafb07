#include "latency_sample.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>

#include "check.h"
#include "statistics.h"
#include "subject.h"

namespace narwhal::bench {
namespace {

// Close to 100 jobs/s where enqueueing is quick.
constexpr auto kPause = std::chrono::milliseconds{10};

std::string stamp(std::int64_t time) { return {reinterpret_cast<const char*>(&time), sizeof time}; }

void print_line(const std::string& name, const std::vector<double>& micros) {
  std::printf("%-36s | %7.0f %7.0f %7.0f\n", name.c_str(), quantile(micros, 0.5),
              quantile(micros, 0.9), quantile(micros, 0.99));
}

double ratio(const LatencySample& daemon, const LatencySample& bare, double part) {
  return quantile(daemon.start, part) / quantile(bare.start, part);
}

}  // namespace

std::int64_t steady_now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

void LatencySample::add(const LatencySample& more) {
  enqueue.insert(enqueue.end(), more.enqueue.begin(), more.enqueue.end());
  start.insert(start.end(), more.start.begin(), more.start.end());
}

std::vector<double> enqueue_paced(std::size_t jobs,
                                  const std::function<void(const std::string&)>& enqueue) {
  std::vector<double> took;
  for (std::size_t i = 0; i < jobs; ++i) {
    const std::int64_t begin = steady_now();
    enqueue(stamp(begin));
    took.push_back(static_cast<double>(steady_now() - begin) / 1000);
    std::this_thread::sleep_for(kPause);
  }
  return took;
}

std::vector<double> waits(const Counters& counters, std::size_t jobs) {
  wait_until([&] { return counters.wait_count.load() >= jobs; }, "see every job start");
  std::vector<double> micros;
  for (std::size_t i = 0; i < std::min(jobs, Counters::kWaits); ++i) {
    micros.push_back(static_cast<double>(counters.waits[i].load()) / 1000);
  }
  return micros;
}

OwnCounters::OwnCounters()
    : counters_(map_counters(directory_.file("counters").c_str(), /*create=*/true)) {
  check(counters_ != nullptr, "map the counters");
}

OwnCounters::~OwnCounters() { ::munmap(counters_, sizeof *counters_); }

BareProcess::BareProcess(const std::function<void()>& body) : pid_(::fork()) {
  check(pid_ >= 0, "fork");
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  body();
  ::_exit(0);
}

BareProcess::~BareProcess() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void print(const std::string& where, const LatencySample& bare, const LatencySample& daemon) {
  std::printf("%-36s |   p50     p90     p99\n", (where + ": microseconds, 10 ms apart").c_str());
  print_line("bare: enqueue alone", bare.enqueue);
  print_line("bare: enqueue to start", bare.start);
  print_line("narwhal: enqueue alone", daemon.enqueue);
  print_line("narwhal: enqueue to start", daemon.start);
  std::printf("%-36s | %7.2f %7.2f %7.2f\n", "ratio to bare", ratio(daemon, bare, 0.5),
              ratio(daemon, bare, 0.9), ratio(daemon, bare, 0.99));
  std::fflush(stdout);
}

}  // namespace narwhal::bench
