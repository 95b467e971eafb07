#include "rabbitmq_case.h"

#include <algorithm>

namespace narwhal::test {

BrokerConfig RabbitmqParties::config() const {
  BrokerConfig config;
  config.url = url;
  config.queues = queues;
  config.options = options;
  config.max_payload = std::size_t{16} << 20U;
  return config;
}

std::unique_ptr<Broker> RabbitmqParties::open_broker() {
  BrokerContext context;
  context.name = "one";
  context.capacity = 10;
  context.lease = lease;
  context.max_payload = std::size_t{16} << 20U;
  context.clock = &clock;
  auto broker = rabbitmq_broker_type().open(config(), context);
  if (!broker.ok()) throw std::runtime_error(broker.error().text());
  return std::move(*broker);
}

std::unique_ptr<Pump> RabbitmqParties::master() { return std::make_unique<Pump>(open_broker()); }

std::unique_ptr<Pump> RabbitmqParties::open() {
  auto pump = master();
  EXPECT_TRUE(pump->serve());
  return pump;
}

std::unique_ptr<DeadLetters> RabbitmqParties::dead_letters() {
  auto letters = rabbitmq_broker_type().open_dead_letters(config());
  if (!letters.ok()) throw std::runtime_error(letters.error().text());
  return std::move(*letters);
}

std::string RabbitmqParties::enqueue(NewJob job) {
  auto producer = rabbitmq_broker_type().open_producer(config());
  if (!producer.ok()) throw std::runtime_error(producer.error().text());
  auto id = (*producer)->enqueue(job);
  if (!id.ok()) throw std::runtime_error(id.error().text());
  return *id;
}

std::string RabbitmqParties::enqueue(const std::string& payload, const std::string& queue) {
  NewJob job;
  job.payload = payload;
  job.queue = queue;
  return enqueue(job);
}

Verdict retry_verdict(Duration delay, std::uint32_t attempts) {
  Verdict verdict;
  verdict.action = Verdict::Action::retry;
  verdict.delay = delay;
  verdict.counters.attempts = attempts;
  verdict.history = "[]";
  return verdict;
}

Verdict bury_verdict(const std::string& reason) {
  Verdict verdict;
  verdict.action = Verdict::Action::bury;
  verdict.reason = reason;
  return verdict;
}

Verdict release_verdict() {
  Verdict verdict;
  verdict.action = Verdict::Action::release;
  return verdict;
}

std::vector<std::string> payloads(const std::vector<Delivery>& jobs) {
  std::vector<std::string> texts;
  for (const auto& job : jobs) texts.push_back(job.payload);
  return texts;
}

std::size_t mentions(const std::vector<std::string>& texts, const std::string& part) {
  return static_cast<std::size_t>(
      std::count_if(texts.begin(), texts.end(),
                    [&](const std::string& text) { return text.find(part) != std::string::npos; }));
}

}  // namespace narwhal::test
