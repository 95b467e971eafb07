// What one broker's trouble costs the others: a daemon on an SQLite queue and on a second broker
// with a backlog, while the server of the second one is stopped, gone, restarted again and again,
// or slow, or gives out large jobs. Measured: from the enqueueing of an SQLite job to its start (a
// synchronous commit included), and from a signal to its line in the log. Beside the same daemon
// without a second broker.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <thread>

#include "adapters/beanstalkd/beanstalkd_type.h"
#include "adapters/rabbitmq/rabbitmq_type.h"
#include "adapters/redis/redis_type.h"
#include "bench_daemon.h"
#include "options.h"
#include "queue_file.h"
#include "statistics.h"
#include "tests/support/beanstalkd_server.h"
#include "tests/support/rabbitmq_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/trickling_proxy.h"

namespace narwhal::bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
constexpr auto kPause = 3ms;  // between two samples
constexpr std::size_t kLarge = std::size_t{8} << 20U;

std::int64_t now() { return Clock::now().time_since_epoch().count(); }

// The broker that gets into trouble.
struct Patient {
  const char* name;
  const BrokerType& type;
  test::ServerProcess& server;
  std::string scheme;
  std::string socket;

  void fill(const std::string& payload, std::size_t count) const {
    BrokerConfig config;
    config.url = scheme + socket;
    auto producer = type.open_producer(config);
    check(producer.ok(), "open the producer");
    NewJob job;
    job.queue = "other";
    job.payload = payload;
    check((*producer)->enqueue_all(std::vector<NewJob>(count, job)).ok(), "enqueue");
  }
};

// The log's file: how long until a line says that a signal was taken.
class SignalWatch {
 public:
  SignalWatch(pid_t master, std::string file) : master_(master), file_(std::move(file)) {}

  double micros() {
    const int before = count();
    const std::int64_t begin = now();
    ::kill(master_, SIGHUP);  // which says so, and changes nothing
    while (count() == before) std::this_thread::sleep_for(20us);
    return static_cast<double>(now() - begin) / 1000;
  }

 private:
  int count() {
    std::ifstream in(file_);
    in.seekg(static_cast<std::streamoff>(read_));
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const std::size_t whole = text.rfind('\n') + 1;  // 0: not yet a line
    for (std::size_t at = text.find("HUP"); at < whole; at = text.find("HUP", at + 1)) ++lines_;
    read_ += whole;
    return lines_;
  }

  const pid_t master_;
  const std::string file_;
  std::size_t read_ = 0;
  int lines_ = 0;
};

struct Sample {
  std::vector<double> start, signal;
};

// `trouble` is called between two samples with the seconds since the begin.
Sample measure(const std::string& other_url, double seconds,
               const std::function<void(double)>& trouble) {
  QueueFile queue;
  const test::TempDir directory;
  DaemonPlan plan{queue.url(), 2, Job::abi, Placement::free};
  plan.log_file = directory.file("log");
  plan.more = "[lease]\nduration = \"3s\"\n";  // so that silence is noticed within the measurement
  if (!other_url.empty()) {
    plan.more += "[[broker]]\nurl = \"" + other_url + "\"\nqueues = [\"other\"]\n";
  }
  const BenchDaemon daemon{plan};
  SignalWatch signal{daemon.subject().master, plan.log_file};
  const Counters& counters = daemon.counters();
  Sample sample;
  const auto begin = Clock::now();
  for (double at = 0; at < seconds;) {
    at = std::chrono::duration<double>(Clock::now() - begin).count();
    trouble(at);
    const std::uint64_t seen = counters.wait_count;
    const std::int64_t time = now();
    queue.enqueue({reinterpret_cast<const char*>(&time), sizeof time});
    while (counters.wait_count == seen) std::this_thread::sleep_for(20us);
    sample.start.push_back(static_cast<double>(counters.waits[seen]) / 1000);
    sample.signal.push_back(signal.micros());
    std::this_thread::sleep_for(kPause);
  }
  return sample;
}

void print(const char* broker, const char* condition, const Sample& sample, const Sample& alone) {
  std::printf("%-10s %-10s | %6.0f %6.0f %7.0f | %6.0f %6.0f %7.0f | %5.2f %5.2f | %zu\n", broker,
              condition, quantile(sample.start, 0.5), quantile(sample.start, 0.99),
              quantile(sample.start, 1), quantile(sample.signal, 0.5),
              quantile(sample.signal, 0.99), quantile(sample.signal, 1),
              quantile(sample.start, 0.99) / quantile(alone.start, 0.99),
              quantile(sample.signal, 0.99) / quantile(alone.signal, 0.99), sample.start.size());
  std::fflush(stdout);
}

void measure_patient(const Patient& patient, double seconds, const Sample& alone) {
  const std::string url = patient.scheme + patient.socket;
  const std::string small(300, 'x');
  const auto show = [&](const char* condition, const std::string& by, auto trouble) {
    patient.fill(small, 20'000);
    print(patient.name, condition, measure(by, seconds, trouble), alone);
  };
  // While the backlog is being worked off.
  bool done = false;
  const auto once = [&](auto action) {
    done = false;
    return [&done, action](double at) {
      if (at > 0.02 && !std::exchange(done, true)) action();
    };
  };
  show("healthy", url, [](double) {});
  show("stopped", url, once([&] { patient.server.pause(); }));
  patient.server.resume();
  show("gone", url, once([&] { patient.server.kill(); }));
  patient.server.start();
  double next = 0.1;
  show("restarted", url, [&](double at) {
    if (at < next) return;
    patient.server.kill();
    patient.server.start();
    patient.fill(small, 1000);
    next = at + 0.3;
  });
  {
    const test::TricklingProxy proxy(patient.socket, 20, 1ms);
    show("slow", patient.scheme + proxy.path(), [](double) {});
  }
  const std::string large(kLarge, 'x');
  next = 0;
  show("large jobs", url, [&](double at) {
    if (at < next) return;
    patient.fill(large, 1);
    next = at + 0.05;
  });
}

void run(const Options& options) {
  const double seconds = options.smoke ? 0.1 : options.quick ? 5 : 20;
  std::puts(
      "microseconds          | enqueue to start: p50 p99 max | signal to log: p50 p99 max |"
      " p99 to alone | samples");
  const Sample alone = measure("", seconds, [](double) {});
  print("-", "alone", alone, alone);
  test::RedisServer redis{{"--appendonly", "yes", "--appendfsync", "everysec"}};
  measure_patient({"redis", redis_broker_type(), redis, "redis+unix://", redis.socket()}, seconds,
                  alone);
  redis.kill();
  test::BeanstalkdServer beanstalkd{
      test::BeanstalkdServer::Log::kept, {"-z", "9000000"}, test::BeanstalkdServer::Clock::plain};
  measure_patient(
      {"beanstalkd", beanstalkd_broker_type(), beanstalkd, "beanstalk+unix://", beanstalkd.path()},
      seconds, alone);
  beanstalkd.kill();
  if (options.smoke) return;  // each start takes seconds
  test::RabbitmqServer rabbitmq;
  measure_patient({"rabbitmq", rabbitmq_broker_type(), rabbitmq, "amqp://",
                   "127.0.0.1:" + std::to_string(rabbitmq.port())},
                  seconds, alone);
}

}  // namespace
}  // namespace narwhal::bench

int main(int argc, char** argv) { narwhal::bench::run(narwhal::bench::Options::parse(argc, argv)); }
