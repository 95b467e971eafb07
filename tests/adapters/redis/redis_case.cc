#include "redis_case.h"

#include <algorithm>
#include <stdexcept>

namespace narwhal::test {

BrokerConfig RedisCase::config() const {
  BrokerConfig config;
  config.url = url;
  config.queues = queues;
  config.options = options;
  config.max_payload = std::size_t{16} << 20U;
  return config;
}

std::unique_ptr<Broker> RedisCase::open_broker() {
  BrokerContext context;
  context.name = name;
  context.capacity = 100;
  context.lease = lease;
  context.max_payload = std::size_t{16} << 20U;
  context.clock = &clock;
  auto broker = redis_broker_type().open(config(), context);
  if (!broker.ok()) throw std::runtime_error(broker.error().text());
  return std::move(*broker);
}

std::unique_ptr<Pump> RedisCase::open() {
  auto pump = std::make_unique<Pump>(open_broker());
  EXPECT_TRUE(pump->serve());
  return pump;
}

std::unique_ptr<DeadLetters> RedisCase::dead_letters() {
  auto letters = redis_broker_type().open_dead_letters(config());
  if (!letters.ok()) throw std::runtime_error(letters.error().text());
  return std::move(*letters);
}

std::string RedisCase::enqueue(NewJob job) {
  auto producer = redis_broker_type().open_producer(config());
  if (!producer.ok()) throw std::runtime_error(producer.error().text());
  auto id = (*producer)->enqueue(job);
  EXPECT_TRUE(id.ok()) << id.error().text();
  return id.ok() ? *id : "";
}

std::string RedisCase::enqueue(const std::string& payload) {
  NewJob job;
  job.payload = payload;
  return enqueue(job);
}

Verdict retry_verdict(Duration delay, std::uint32_t attempts) {
  Verdict verdict;
  verdict.action = Verdict::Action::retry;
  verdict.counters.attempts = attempts;
  verdict.delay = delay;
  verdict.history =
      R"([{"outcome":"failed","error_class":"Boom","message":"no \"luck\"","backtrace":"a:1\nb:2"}])";
  return verdict;
}

Verdict bury_verdict(const std::string& reason) {
  Verdict verdict = retry_verdict(Duration{0}, 25);
  verdict.action = Verdict::Action::bury;
  verdict.reason = reason;
  return verdict;
}

Verdict release_verdict() {
  Verdict verdict;
  verdict.action = Verdict::Action::release;
  return verdict;
}

bool mentions(const std::vector<std::string>& texts, const std::string& part) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text.find(part) != std::string::npos; });
}

}  // namespace narwhal::test
