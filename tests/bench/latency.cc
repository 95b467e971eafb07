// From enqueue to start on an idle daemon, one job at a time on an SQLite queue, beside a bare
// chain of the same steps: the same producer, a byte to a process that claims the job with plain
// statements, a byte from it to a process that takes the time. The clock starts before the
// enqueueing, which includes a synchronous commit.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

#include "bare_queue.h"
#include "bench_daemon.h"
#include "options.h"
#include "queue_file.h"
#include "statistics.h"

namespace narwhal::bench {
namespace {

using Clock = std::chrono::steady_clock;
// Between two jobs, so that the daemon is at rest again: close to 100 jobs/s where commits are
// quick.
constexpr auto kPause = std::chrono::milliseconds{10};

std::int64_t now() { return Clock::now().time_since_epoch().count(); }

std::string stamp() {
  const std::int64_t time = now();
  return {reinterpret_cast<const char*>(&time), sizeof time};
}

// Enqueues `jobs` jobs one after the other, calling `after` behind each; gives the microseconds
// each took.
template <typename After>
std::vector<double> enqueue_paced(QueueFile& queue, std::size_t jobs, After after) {
  std::vector<double> took;
  for (std::size_t i = 0; i < jobs; ++i) {
    const std::int64_t begin = now();
    queue.enqueue(stamp());
    took.push_back(static_cast<double>(now() - begin) / 1000);
    after();
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

struct Sample {
  std::vector<double> enqueue, start;
};

Sample measure_daemon(std::size_t jobs) {
  QueueFile queue;
  const BenchDaemon daemon{{queue.url(), 2, Job::abi, Placement::free}};
  Sample sample;
  sample.enqueue = enqueue_paced(queue, jobs, [] {});
  sample.start = waits(daemon.counters(), jobs);
  return sample;
}

using Ends = std::array<int, 2>;

Ends make_pair() {
  Ends ends{};
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0,
        "make a socket pair");
  return ends;
}

template <typename Body>
pid_t start_process(Body body) {
  const pid_t pid = ::fork();
  check(pid >= 0, "fork");
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  body();
  ::_exit(0);
}

Sample measure_bare(std::size_t jobs) {
  QueueFile queue;
  const test::TempDir directory;
  Counters* counters = map_counters(directory.file("counters").c_str(), /*create=*/true);
  check(counters != nullptr, "map the counters");
  const Ends to_master = make_pair();
  const Ends to_worker = make_pair();
  const pid_t master = start_process([&] {
    BareQueue bare{queue.path()};
    for (char byte = 0; ::recv(to_master[1], &byte, 1, 0) == 1;) {
      if (bare.turn(1)) ::send(to_worker[0], bare.payload().data(), sizeof(std::int64_t), 0);
    }
  });
  const pid_t worker = start_process([&] {
    for (std::int64_t sent = 0; ::recv(to_worker[1], &sent, sizeof sent, 0) == sizeof sent;) {
      counters->add_wait(now() - sent);
    }
  });
  Sample sample;
  sample.enqueue = enqueue_paced(queue, jobs, [&] { ::send(to_master[0], "", 1, 0); });
  sample.start = waits(*counters, jobs);
  for (const pid_t pid : {master, worker}) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  for (const Ends& ends : {to_master, to_worker}) {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  ::munmap(counters, sizeof *counters);
  return sample;
}

void print(const char* name, const std::vector<double>& micros) {
  std::printf("%-24s | %7.0f %7.0f %7.0f\n", name, quantile(micros, 0.5), quantile(micros, 0.9),
              quantile(micros, 0.99));
}

void append(std::vector<double>& to, const std::vector<double>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void run(const Options& options) {
  const std::size_t jobs = options.smoke ? 20 : options.quick ? 200 : 500;
  Sample bare, daemon;
  for (int round = 0; round < options.rounds; ++round) {
    for (auto [sample, measure] : {std::pair{&bare, &measure_bare}, {&daemon, &measure_daemon}}) {
      const Sample now_measured = measure(jobs);
      append(sample->enqueue, now_measured.enqueue);
      append(sample->start, now_measured.start);
    }
  }
  std::puts("microseconds, 10 ms apart |   p50     p90     p99");
  print("enqueue alone", bare.enqueue);
  print("bare: enqueue to start", bare.start);
  print("narwhal: enqueue alone", daemon.enqueue);
  print("narwhal: enqueue to start", daemon.start);
  std::printf("%-24s | %7.2f %7.2f %7.2f\n", "ratio to bare",
              quantile(daemon.start, 0.5) / quantile(bare.start, 0.5),
              quantile(daemon.start, 0.9) / quantile(bare.start, 0.9),
              quantile(daemon.start, 0.99) / quantile(bare.start, 0.99));
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) { narwhal::bench::run(narwhal::bench::Options::parse(argc, argv)); }
