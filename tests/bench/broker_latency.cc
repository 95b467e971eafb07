// From enqueue to start on an idle daemon, one job at a time on Redis and on Beanstalkd, beside the
// bare loop of one process that waits for a job, starts it and acks it. The daemon has one hop
// more, from the master to a worker. The clock starts before the enqueueing.
#include "bare_broker.h"
#include "bench_daemon.h"
#include "check.h"
#include "latency_sample.h"
#include "options.h"

namespace narwhal::bench {
namespace {

std::vector<double> enqueue_jobs(const BareBroker& broker, std::size_t jobs) {
  auto producer = broker.type().open_producer(broker.config());
  check(producer.ok(), "open the producer");
  return enqueue_paced(jobs, [&](const std::string& payload) {
    NewJob job;
    job.payload = payload;
    check((*producer)->enqueue(job).ok(), "enqueue");
  });
}

LatencySample measure_daemon(const BareBroker& broker, std::size_t jobs) {
  const BenchDaemon daemon{{broker.url(), 2, Job::abi, Placement::free}};
  LatencySample sample;
  sample.enqueue = enqueue_jobs(broker, jobs);
  sample.start = waits(daemon.counters(), jobs);
  return sample;
}

LatencySample measure_bare(const BareBroker& broker, std::size_t jobs) {
  const OwnCounters counters;
  const BareProcess loop([&] {
    broker.serve([&](std::string_view stored) {
      // The producer's envelope is in front of it.
      std::int64_t sent = 0;
      stored.substr(stored.size() - sizeof sent).copy(reinterpret_cast<char*>(&sent), sizeof sent);
      counters->add_wait(steady_now() - sent);
    });
  });
  LatencySample sample;
  sample.enqueue = enqueue_jobs(broker, jobs);
  sample.start = waits(*counters, jobs);
  return sample;
}

void measure(const char* name, const std::unique_ptr<BareBroker>& broker, const Options& options) {
  const std::size_t jobs = options.smoke ? 20 : options.quick ? 200 : 500;
  LatencySample bare, daemon;
  for (int round = 0; round < options.rounds; ++round) {
    bare.add(measure_bare(*broker, jobs));
    daemon.add(measure_daemon(*broker, jobs));
  }
  print(name, bare, daemon);
}

void run(const Options& options) {
  measure("redis", start_redis(), options);
  measure("beanstalkd", start_beanstalkd(), options);
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) { narwhal::bench::run(narwhal::bench::Options::parse(argc, argv)); }
