// Prints the hand-off's floor for 1 to 500 workers; see hand_off_floor.h. Other benchmarks measure
// it again beside Narwhal: only ratios of one run mean something.
#include <cstdio>

#include "hand_off_floor.h"
#include "options.h"
#include "statistics.h"

namespace narwhal::bench {
namespace {

void measure(const Options& options, const FloorPlan& plan) {
  std::vector<double> rates, master, total, selects;
  for (int round = 0; round < options.rounds; ++round) {
    const HandOffFloor floor{plan};
    const std::uint64_t before = floor.selects();
    const Window window = watch(floor.subject(), options.seconds);
    rates.push_back(window.rate());
    master.push_back(window.master_us());
    total.push_back(window.total_us());
    selects.push_back(static_cast<double>(floor.selects() - before) / window.jobs);
  }
  std::printf("%7d %9zu %8s | %10.0f | %7.2f %7.2f | %12.0f | %9.2f\n", plan.workers,
              plan.job_bytes, name_of(plan.placement), median(rates), median(master), median(total),
              1e6 / median(total), 4 + median(selects));
  std::fflush(stdout);
}

void run(const Options& options) {
  std::puts(
      "floor   job bytes    where |     jobs/s | us/job: master, all | per CPU second | calls/job");
  for (const Placement placement : {Placement::pinned, Placement::free}) {
    for (const int workers : {1, 4, 64, 500}) {
      if (options.smoke && workers > 4) continue;
      measure(options, {workers, 300, placement});
    }
  }
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) { narwhal::bench::run(narwhal::bench::Options::parse(argc, argv)); }
