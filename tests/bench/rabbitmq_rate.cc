// What the RabbitMQ adapter costs on top of the server. Beside it, in the same run on the same
// server, the bare loop of rabbitmq-c at the same prefetch: take a message, acknowledge it.
//
//   bench_rabbitmq_rate [--free] [--quorum] [jobs]
//
// Pinned, all is on one CPU and all CPU time counts; free, it is the rate that a user sees.
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "adapters/rabbitmq/rabbitmq_type.h"
#include "tests/support/rabbitmq_server.h"

namespace narwhal::bench {
namespace {

constexpr std::size_t kPayload = 300;
constexpr int kRounds = 3;

void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

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

// 0 unless the process belongs to the group.
double cpu_of(const std::string& pid, pid_t group) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) return 0;
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skipped;
  pid_t its = 0;
  fields >> skipped >> skipped >> its;
  if (its != group) return 0;
  for (int i = 0; i < 8; ++i) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double cpu_of_group(pid_t group) {
  double sum = 0;
  DIR* processes = ::opendir("/proc");
  while (const dirent* each = ::readdir(processes)) {
    if (each->d_name[0] >= '1' && each->d_name[0] <= '9') sum += cpu_of(each->d_name, group);
  }
  ::closedir(processes);
  return sum;
}

struct Rate {
  double per_second = 0;
  double per_cpu_second = 0;
  double client_micros = 0;  // of CPU, for each job
  double server_micros = 0;
};

template <typename Work>
Rate measure(const test::RabbitmqServer& server, std::size_t jobs, const Work& work) {
  const SystemClock clock;
  const TimePoint begin = clock.now();
  const double own = own_cpu();
  const double servers = cpu_of_group(server.group());
  work();
  const double client = own_cpu() - own;
  const double serving = cpu_of_group(server.group()) - servers;
  const double seconds = std::chrono::duration<double>(clock.now() - begin).count();
  const auto count = static_cast<double>(jobs);
  return {count / seconds, count / (client + serving), client * 1e6 / count, serving * 1e6 / count};
}

void fill(const BrokerConfig& config, std::size_t count) {
  auto producer = rabbitmq_broker_type().open_producer(config);
  if (!producer.ok()) fail(producer.error().text());
  NewJob job;
  job.payload.assign(kPayload, 'x');
  const std::vector<NewJob> jobs(count, job);
  if (auto ids = (*producer)->enqueue_all(jobs); !ids.ok()) fail(ids.error().text());
}

class BareConsumer {
 public:
  BareConsumer(int port, int prefetch) : state_(amqp_new_connection()) {
    amqp_socket_t* socket = amqp_tcp_socket_new(state_);
    if (amqp_socket_open(socket, "127.0.0.1", port) != 0) fail("no server");
    amqp_login(state_, "/", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest");
    amqp_channel_open(state_, 1);
    amqp_basic_qos(state_, 1, 0, static_cast<std::uint16_t>(prefetch), 0);
    amqp_basic_consume(state_, 1, amqp_cstring_bytes("default"), amqp_empty_bytes, 0, 0, 0,
                       amqp_empty_table);
  }
  BareConsumer(const BareConsumer&) = delete;
  BareConsumer& operator=(const BareConsumer&) = delete;
  ~BareConsumer() {
    amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(state_);
  }

  void take(std::size_t jobs) {
    for (std::size_t i = 0; i < jobs; ++i) {
      amqp_maybe_release_buffers(state_);
      amqp_envelope_t envelope{};
      const amqp_rpc_reply_t reply = amqp_consume_message(state_, &envelope, nullptr, 0);
      if (reply.reply_type != AMQP_RESPONSE_NORMAL) fail("unable to consume");
      amqp_basic_ack(state_, 1, envelope.delivery_tag, 0);
      amqp_destroy_envelope(&envelope);
    }
  }

 private:
  amqp_connection_state_t state_;
};

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

Rate run_adapter(const test::RabbitmqServer& server, const BrokerConfig& config, std::size_t jobs,
                 int workers) {
  const SystemClock clock;
  BrokerContext context;
  context.name = "bench";
  context.capacity = workers;
  context.lease = std::chrono::seconds{30};
  context.max_payload = config.max_payload;
  context.clock = &clock;
  auto broker = rabbitmq_broker_type().open(config, context);
  if (!broker.ok()) fail(broker.error().text());
  if (auto up = (*broker)->connect(clock.now()); !up.ok()) fail(up.error().text());
  return measure(server, jobs, [&] { adapter_loop(**broker, jobs, workers); });
}

void print(const std::string& name, const Rate& rate, const Rate& bare, bool free) {
  std::printf("%-22s %8.0f jobs/s  %8.0f per CPU second  client %5.1f us  server %5.1f us  ",
              name.c_str(), rate.per_second, rate.per_cpu_second, rate.client_micros,
              rate.server_micros);
  std::printf("%.2f x bare\n",
              free ? rate.per_second / bare.per_second : rate.per_cpu_second / bare.per_cpu_second);
}

void run(std::size_t jobs, bool free, bool quorum) {
  const test::RabbitmqServer server;
  BrokerConfig config;
  config.url = server.url();
  if (quorum) config.options["queue_type"] = "quorum";
  for (int round = 0; round < kRounds; ++round) {
    for (const int prefetch : {1, 2, 4, 16, 50}) {
      fill(config, jobs);
      Rate bare;
      {
        BareConsumer consumer(server.port(), prefetch);
        bare = measure(server, jobs, [&] { consumer.take(jobs); });
      }
      print("bare, prefetch " + std::to_string(prefetch), bare, bare, free);
      fill(config, jobs);
      const Rate rate = run_adapter(server, config, jobs, prefetch);
      print("adapter, " + std::to_string(prefetch) + " workers", rate, bare, free);
    }
  }
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) {
  bool free = false;
  bool quorum = false;
  std::size_t jobs = 20'000;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    free = free || word == "--free";
    quorum = quorum || word == "--quorum";
    if (word[0] != '-') jobs = std::strtoul(argv[i], nullptr, 10);
  }
  if (!free) narwhal::bench::pin_to_one_cpu();
  narwhal::bench::run(jobs, free, quorum);
  return 0;
}
