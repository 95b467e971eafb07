// What the Beanstalkd adapter costs on top of the server: jobs per CPU second, client and server
// together, on one CPU. Beside it, in the same run on the same server, the bare loop that takes one
// job at a time: reserve, read, delete, read.
//
//   bench_beanstalkd_rate [jobs]
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "adapters/beanstalkd/beanstalkd_type.h"
#include "adapters/beanstalkd/client.h"
#include "tests/support/beanstalkd_server.h"

namespace narwhal::bench {
namespace {

constexpr std::size_t kPayload = 300;
constexpr int kRounds = 3;

// Children inherit it, so the server runs there too.
void pin_to_one_cpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) std::perror("unable to pin");
}

double own_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double cpu_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

struct Rate {
  double per_cpu_second = 0;
  double client_micros = 0;  // of CPU, for each job
  double server_micros = 0;
};

template <typename Work>
Rate measure(const test::BeanstalkdServer& server, std::size_t jobs, const Work& work) {
  const double own = own_cpu();
  const double servers = cpu_of(server.pid());
  work();
  const double client = own_cpu() - own;
  const double serving = cpu_of(server.pid()) - servers;
  const auto count = static_cast<double>(jobs);
  return {count / (client + serving), client * 1e6 / count, serving * 1e6 / count};
}

void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

void fill(const BrokerConfig& config, std::size_t count) {
  auto producer = beanstalkd_broker_type().open_producer(config);
  if (!producer.ok()) fail(producer.error().text());
  NewJob job;
  job.payload.assign(kPayload, 'x');
  const std::vector<NewJob> batch(100, job);
  for (std::size_t i = 0; i < count; i += batch.size()) {
    if (auto ids = (*producer)->enqueue_all(batch); !ids.ok()) fail(ids.error().text());
  }
}

void bare_loop(const BrokerConfig& config, std::size_t jobs) {
  beanstalkd::Client client(*beanstalkd::read_url(config.url));
  if (auto connected = client.connect(); !connected.ok()) fail(connected.error().text());
  for (std::size_t i = 0; i < jobs; ++i) {
    beanstalkd::append_reserve(client.out(), 1);
    auto job = client.expect(beanstalkd::ReplyKind::reserved, "reserve");
    if (!job.ok()) fail(job.error().text());
    beanstalkd::append_command(client.out(), "delete", job->id);
    auto deleted = client.expect(beanstalkd::ReplyKind::deleted, "delete");
    if (!deleted.ok()) fail(deleted.error().text());
  }
}

// A master whose `workers` are done with a job as soon as they have it.
void adapter_loop(Broker& broker, std::size_t jobs, int workers) {
  const SystemClock clock;
  std::size_t done = 0;
  BrokerEvents events;
  while (done < jobs || broker.unconfirmed() > 0) {
    PollSet set;
    broker.watch(set);
    const TimePoint now = clock.now();
    (void)set.wait(std::max(broker.wake_at() - now, Duration{0}));
    events.clear();
    const int want = done < jobs ? workers : 0;
    const TimePoint then = clock.now();
    if (auto stepped = broker.step(set, then, want, events); !stepped.ok()) {
      fail(stepped.error().text());
    }
    for (Delivery& job : events.deliveries) {
      broker.settle(std::move(job), Verdict{});
      ++done;
    }
    if (auto flushed = broker.flush(then, want); !flushed.ok()) fail(flushed.error().text());
  }
}

void print(const char* name, const Rate& rate, const Rate& bare) {
  std::printf("%-22s %9.0f jobs per CPU second  client %5.1f us  server %5.1f us  %.2f x bare\n",
              name, rate.per_cpu_second, rate.client_micros, rate.server_micros,
              rate.per_cpu_second / bare.per_cpu_second);
}

void run(std::size_t jobs) {
  const test::BeanstalkdServer server(test::BeanstalkdServer::Log::none, {},
                                      test::BeanstalkdServer::Clock::plain);
  BrokerConfig config;
  config.url = server.url();
  const SystemClock clock;
  for (int round = 0; round < kRounds; ++round) {
    fill(config, jobs);
    const Rate bare = measure(server, jobs, [&] { bare_loop(config, jobs); });
    print("bare reserve + delete", bare, bare);
    for (const int workers : {1, 2, 4, 16}) {
      BrokerContext context;
      context.capacity = workers;
      context.lease = std::chrono::seconds{30};
      context.max_payload = config.max_payload;
      context.clock = &clock;
      auto broker = beanstalkd_broker_type().open(config, context);
      if (!broker.ok()) fail(broker.error().text());
      if (auto up = (*broker)->connect(clock.now()); !up.ok()) fail(up.error().text());
      // The last jobs in hand of one run are the first of the next.
      fill(config, jobs);
      const Rate rate = measure(server, jobs, [&] { adapter_loop(**broker, jobs, workers); });
      print(("adapter, " + std::to_string(workers) + " workers").c_str(), rate, bare);
    }
  }
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) {
  narwhal::bench::pin_to_one_cpu();
  narwhal::bench::run(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 100'000);
  return 0;
}
