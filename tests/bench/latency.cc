// From enqueue to start on an idle daemon, one job at a time on an SQLite queue, beside a bare
// chain of the same steps: the same producer, a byte to a process that claims the job with plain
// statements, a byte from it to a process that takes the time. The clock starts before the
// enqueueing, which includes a synchronous commit.
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "bare_queue.h"
#include "bench_daemon.h"
#include "check.h"
#include "latency_sample.h"
#include "options.h"
#include "queue_file.h"

namespace narwhal::bench {
namespace {

LatencySample measure_daemon(std::size_t jobs) {
  QueueFile queue;
  const BenchDaemon daemon{{queue.url(), 2, Job::abi, Placement::free}};
  LatencySample sample;
  sample.enqueue = enqueue_paced(jobs, [&](const std::string& job) { queue.enqueue(job); });
  sample.start = waits(daemon.counters(), jobs);
  return sample;
}

class Pair {
 public:
  Pair() {
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) == 0,
          "make a socket pair");
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  ~Pair() {
    for (const int end : ends_) ::close(end);
  }
  void send(const void* bytes, std::size_t count) const { ::send(ends_[0], bytes, count, 0); }
  [[nodiscard]] bool receive(void* bytes, std::size_t count) const {
    return ::recv(ends_[1], bytes, count, 0) == static_cast<ssize_t>(count);
  }

 private:
  std::array<int, 2> ends_{};
};

LatencySample measure_bare(std::size_t jobs) {
  QueueFile queue;
  const OwnCounters counters;
  const Pair to_master;
  const Pair to_worker;
  const BareProcess master([&] {
    BareQueue bare{queue.path()};
    for (char byte = 0; to_master.receive(&byte, 1);) {
      if (bare.turn(1)) to_worker.send(bare.payload().data(), sizeof(std::int64_t));
    }
  });
  const BareProcess worker([&] {
    for (std::int64_t sent = 0; to_worker.receive(&sent, sizeof sent);) {
      counters->add_wait(steady_now() - sent);
    }
  });
  LatencySample sample;
  sample.enqueue = enqueue_paced(jobs, [&](const std::string& job) {
    queue.enqueue(job);
    to_master.send("", 1);
  });
  sample.start = waits(*counters, jobs);
  return sample;
}

void run(const Options& options) {
  const std::size_t jobs = options.smoke ? 20 : options.quick ? 200 : 500;
  LatencySample bare, daemon;
  for (int round = 0; round < options.rounds; ++round) {
    bare.add(measure_bare(jobs));
    daemon.add(measure_daemon(jobs));
  }
  print("sqlite", bare, daemon);
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) { narwhal::bench::run(narwhal::bench::Options::parse(argc, argv)); }
