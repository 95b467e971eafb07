// Masters that are killed, lines that are cut and a server that is killed, over and over: every job
// is done in the end.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "rabbitmq_case.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;

constexpr int kJobs = 3000;
constexpr int kMasters = 2;
constexpr int kRounds = 24;

class RabbitmqChaos : public RabbitmqServerCase {
 protected:
  RabbitmqChaos() {
    url = "amqp://127.0.0.1:" + std::to_string(proxy.port());
    lease = std::chrono::seconds{3};
  }

  // A master in a process of its own, which writes down what it has done. Every seventh job fails
  // once, every eleventh is given back first.
  pid_t start_master() {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    const int done = ::open(server.file("done").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    std::minstd_rand random(static_cast<unsigned>(::getpid()));
    Pump pump(open_broker());
    while (true) {
      pump.turn(8, milliseconds{50});
      for (; !pump.deliveries.empty(); pump.deliveries.pop_front()) {
        Delivery& job = pump.deliveries.front();
        Verdict verdict;
        if (job.counters.attempts == 0 && std::stoi(job.payload) % 7 == 0) {
          verdict = retry_verdict(milliseconds{random() % 300});
        } else if (random() % 11 == 0) {
          verdict = release_verdict();
        } else {
          const std::string line = job.payload + "\n";
          (void)!::write(done, line.data(), line.size());
        }
        pump.broker().settle(std::move(job), std::move(verdict));
      }
      ::usleep(1000);
    }
  }

  void stop(pid_t pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

  std::set<int> finished() {
    std::set<int> numbers;
    std::ifstream file(server.file("done"));
    for (int number = 0; file >> number;) numbers.insert(number);
    return numbers;
  }

  TcpProxy proxy{server.port()};
};

TEST_F(RabbitmqChaos, EveryJobIsDoneWhateverIsKilled) {
  std::vector<NewJob> jobs(kJobs);
  for (int i = 0; i < kJobs; ++i) jobs[static_cast<std::size_t>(i)].payload = std::to_string(i);
  auto producer = rabbitmq_broker_type().open_producer(config());
  ASSERT_TRUE(producer.ok());
  ASSERT_TRUE((*producer)->enqueue_all(jobs).ok());

  std::minstd_rand random(42);
  std::vector<pid_t> masters;
  for (int i = 0; i < kMasters; ++i) masters.push_back(start_master());
  for (int round = 0; round < kRounds; ++round) {
    std::this_thread::sleep_for(milliseconds{50 + random() % 150});
    if (round % 12 == 11) {
      server.kill();
      server.start();
    } else if (round % 4 == 3) {
      proxy.cut();
      proxy.join();
    } else {
      pid_t& victim = masters[random() % masters.size()];
      stop(victim);
      victim = start_master();
    }
  }
  const TimePoint deadline = clock.now() + std::chrono::seconds{60};
  while (finished().size() < kJobs && clock.now() < deadline) {
    std::this_thread::sleep_for(milliseconds{100});
  }
  for (const pid_t pid : masters) stop(pid);
  EXPECT_EQ(finished().size(), static_cast<std::size_t>(kJobs));
}

}  // namespace
}  // namespace narwhal::test
