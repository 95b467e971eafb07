#include "tests/contract/parties.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace narwhal::test {
namespace {

constexpr std::size_t kMaxPayload = std::size_t{16} << 20U;

template <typename T>
T sure(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().text());
  return std::move(*result);
}

}  // namespace

BrokerConfig Parties::config() const {
  BrokerConfig config;
  config.url = url;
  config.queues = queues;
  config.options = options;
  config.max_payload = kMaxPayload;
  return config;
}

std::unique_ptr<Broker> Parties::open_broker() {
  BrokerContext context;
  context.name = name;
  context.capacity = capacity;
  context.lease = lease;
  context.max_payload = kMaxPayload;
  context.clock = &clock;
  return sure(type_.open(config(), context));
}

std::unique_ptr<Pump> Parties::master() { return std::make_unique<Pump>(open_broker()); }

std::unique_ptr<Pump> Parties::open() {
  auto pump = master();
  EXPECT_TRUE(pump->serve());
  return pump;
}

std::unique_ptr<DeadLetters> Parties::dead_letters() {
  return sure(type_.open_dead_letters(config()));
}

std::string Parties::enqueue(const NewJob& job) {
  return sure(sure(type_.open_producer(config()))->enqueue(job));
}

std::string Parties::enqueue(const std::string& payload, const std::string& queue) {
  NewJob job;
  job.payload = payload;
  job.queue = queue;
  return enqueue(job);
}

Verdict release_verdict() {
  Verdict verdict;
  verdict.action = Verdict::Action::release;
  return verdict;
}

std::size_t mentions(const std::vector<std::string>& texts, const std::string& part) {
  return static_cast<std::size_t>(
      std::count_if(texts.begin(), texts.end(),
                    [&](const std::string& text) { return text.find(part) != std::string::npos; }));
}

}  // namespace narwhal::test
