#include "broker_contract.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace narwhal::test {

BrokerConfig BrokerContract::config() const {
  BrokerConfig config;
  config.url = fixture->url();
  config.queues = queues;
  config.options = fixture->options();
  config.max_payload = kMaxPayload;
  return config;
}

std::unique_ptr<Broker> BrokerContract::open_broker(const std::string& name) {
  BrokerContext context;
  context.name = name;
  context.capacity = 100;
  context.lease = lease;
  context.max_payload = kMaxPayload;
  context.clock = &clock;
  auto broker = fixture->type().open(config(), context);
  if (!broker.ok()) throw std::runtime_error(broker.error().text());
  return std::move(*broker);
}

std::unique_ptr<Pump> BrokerContract::open(const std::string& name) {
  auto pump = std::make_unique<Pump>(open_broker(name));
  EXPECT_TRUE(pump->serve());
  return pump;
}

std::unique_ptr<Producer> BrokerContract::producer() {
  auto producer = fixture->type().open_producer(config());
  if (!producer.ok()) throw std::runtime_error(producer.error().text());
  return std::move(*producer);
}

std::unique_ptr<DeadLetters> BrokerContract::dead_letters() {
  auto letters = fixture->type().open_dead_letters(config());
  if (!letters.ok()) throw std::runtime_error(letters.error().text());
  return std::move(*letters);
}

std::string BrokerContract::enqueue(NewJob job) {
  if (!producer_) producer_ = producer();
  auto id = producer_->enqueue(job);
  EXPECT_TRUE(id.ok()) << id.error().text();
  return id.ok() ? *id : "";
}

std::string BrokerContract::enqueue(const std::string& payload) {
  NewJob job;
  job.payload = payload;
  return enqueue(job);
}

void BrokerContract::enqueue_numbered(std::size_t count) {
  if (!producer_) producer_ = producer();
  std::vector<NewJob> jobs(count);
  for (std::size_t i = 0; i < count; ++i) jobs[i].payload = std::to_string(i);
  auto ids = producer_->enqueue_all(jobs);
  ASSERT_TRUE(ids.ok()) << ids.error().text();
  ASSERT_EQ(ids->size(), count);
}

std::vector<Delivery> BrokerContract::take_in_order(Pump& pump, std::size_t count) const {
  if (fixture->type().capabilities.connections_per_worker == 0) return pump.take(count);
  std::vector<Delivery> jobs;
  while (jobs.size() < count) {
    auto next = pump.take(1);
    if (next.empty()) break;
    jobs.push_back(std::move(next.front()));
  }
  return jobs;
}

void BrokerContract::take_and_die(std::size_t count) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Pump pump(open_broker("victim"));
    const bool all = pump.take(count).size() == count;
    (void)!::write(ends[1], all ? "y" : "n", 1);
    while (true) ::pause();
  }
  ::close(ends[1]);
  char answer = 0;
  EXPECT_EQ(::read(ends[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  ::close(ends[0]);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace narwhal::test
