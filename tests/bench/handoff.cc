// Narwhal's own hand-off beside the floor: the real master, mold and workers, with jobs that come
// from memory and do nothing. Rounds of both take turns; each figure is the median of the rounds,
// each ratio the median of the rounds' ratios.
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "bench_daemon.h"
#include "hand_off_floor.h"
#include "options.h"
#include "payload.h"
#include "statistics.h"
#include "tests/support/temp_dir.h"

namespace narwhal::bench {
namespace {

struct Case {
  int workers;
  std::size_t job_bytes;
  Placement placement;
  Job job = Job::abi;
  const char* log_level = "warning";
};

struct Rounds {
  std::vector<double> floor_rate, floor_total, rate, master, worker, total, cpu_ratio, rate_ratio;

  void add(const Window& floor, const Window& narwhal) {
    floor_rate.push_back(floor.rate());
    floor_total.push_back(floor.total_us());
    rate.push_back(narwhal.rate());
    master.push_back(narwhal.master_us());
    worker.push_back(narwhal.worker_us());
    total.push_back(narwhal.total_us());
    cpu_ratio.push_back(floor.total_us() / narwhal.total_us());
    rate_ratio.push_back(narwhal.rate() / floor.rate());
  }
};

class Benchmark {
 public:
  explicit Benchmark(const Options& options) : options_(options) {
    std::ofstream{payload_file_} << active_job_payload();
  }

  void run() {
    std::puts(
        "handoff  bytes  where job log     |      floor: jobs/s us/job |    narwhal: jobs/s  "
        "us/job: master + worker = all  per CPU s | ratio: CPU   jobs/s");
    for (const Case& each : cases()) measure(each);
  }

 private:
  [[nodiscard]] std::vector<Case> cases() const {
    constexpr auto kPinned = Placement::pinned;
    if (options_.smoke) return {{2, 300, kPinned}, {2, 300, Placement::free, Job::sdk, "info"}};
    std::vector<Case> all;
    for (const Job job : {Job::abi, Job::sdk}) {
      for (const Placement placement : {kPinned, Placement::free}) {
        for (const int workers : {1, 4, 64, 500}) all.push_back({workers, 300, placement, job});
      }
    }
    all.push_back({4, 300, kPinned, Job::abi, "info"});
    all.push_back({4, 300, kPinned, Job::sdk, "info"});
    for (const std::size_t bytes : {std::size_t{10} * 1024, std::size_t{1024} * 1024}) {
      for (const Placement placement : {kPinned, Placement::free}) {
        all.push_back({4, bytes, placement});
      }
    }
    if (!options_.quick) return all;
    return {{1, 300, kPinned},           {4, 300, kPinned},   {64, 300, kPinned},
            {4, 300, kPinned, Job::sdk}, {500, 300, kPinned}, {4, 300, Placement::free}};
  }

  [[nodiscard]] std::string url(const Case& each) const {
    if (each.job == Job::sdk) return "memory:?jobs=endless&payload=" + payload_file_;
    return "memory:?jobs=endless&size=" + std::to_string(each.job_bytes);
  }

  // The first moments are not those of a daemon at work: page faults, growing buffers.
  [[nodiscard]] Window watch_warm(const Subject& subject) const {
    (void)watch(subject, options_.seconds / 5);
    return watch(subject, options_.seconds);
  }

  void measure(const Case& each) const {
    Rounds rounds;
    for (int round = 0; round < options_.rounds; ++round) {
      Window floor;
      {
        const HandOffFloor processes{{each.workers, each.job_bytes, each.placement}};
        floor = watch_warm(processes.subject());
      }
      const BenchDaemon daemon{{url(each), each.workers, each.job, each.placement, each.log_level}};
      rounds.add(floor, watch_warm(daemon.subject()));
    }
    print(each, rounds);
  }

  static void print(const Case& each, const Rounds& rounds) {
    std::printf(
        "%7d %7zu %6s %3s %-7s | %17.0f %7.2f | %17.0f %15.2f + %6.2f = %6.2f %9.0f | %9.2f "
        "%8.2f\n",
        each.workers, each.job_bytes, name_of(each.placement), name_of(each.job), each.log_level,
        median(rounds.floor_rate), median(rounds.floor_total), median(rounds.rate),
        median(rounds.master), median(rounds.worker), median(rounds.total),
        1e6 / median(rounds.total), median(rounds.cpu_ratio), median(rounds.rate_ratio));
    std::fflush(stdout);
  }

  const Options options_;
  const test::TempDir directory_;
  const std::string payload_file_ = directory_.file("payload");
};

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) {
  narwhal::bench::Benchmark{narwhal::bench::Options::parse(argc, argv)}.run();
}
