// Masters and producers on one beanstalkd, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "adapters/beanstalkd/beanstalkd_type.h"
#include "tests/contract/pump.h"

namespace narwhal::test {

struct Settings {
  std::string url;
  std::vector<QueueConfig> queues = {{"default", 0}};
  std::map<std::string, std::string> options = {{"ttr", "2"}};
  std::size_t max_payload = std::size_t{1024} * 1024;
  int capacity = 4;

  [[nodiscard]] BrokerConfig config() const {
    BrokerConfig config;
    config.url = url;
    config.queues = queues;
    config.options = options;
    config.max_payload = max_payload;
    return config;
  }
};

// Not serving yet: the server may be one that never lets it.
inline std::unique_ptr<Pump> start_master(const Settings& settings) {
  static const SystemClock clock;
  BrokerContext context;
  context.name = "test";
  context.capacity = settings.capacity;
  context.lease = std::chrono::seconds{30};
  context.max_payload = settings.max_payload;
  context.clock = &clock;
  auto broker = beanstalkd_broker_type().open(settings.config(), context);
  if (!broker.ok()) throw std::runtime_error(broker.error().text());
  return std::make_unique<Pump>(std::move(*broker));
}

inline std::unique_ptr<Pump> open_master(const Settings& settings) {
  auto pump = start_master(settings);
  EXPECT_TRUE(pump->serve());
  return pump;
}

inline Result<std::string> enqueue(const Settings& settings, NewJob job) {
  auto producer = beanstalkd_broker_type().open_producer(settings.config());
  if (!producer.ok()) return producer.error();
  return (*producer)->enqueue(job);
}

inline std::string enqueue(const Settings& settings, const std::string& payload,
                           const std::string& queue = "default") {
  NewJob job;
  job.queue = queue;
  job.payload = payload;
  auto id = enqueue(settings, job);
  EXPECT_TRUE(id.ok()) << id.error().text();
  return id.ok() ? *id : "";
}

inline std::vector<DeadLetter> dead_letters(const Settings& settings) {
  auto letters = beanstalkd_broker_type().open_dead_letters(settings.config());
  EXPECT_TRUE(letters.ok()) << letters.error().text();
  if (!letters.ok()) return {};
  auto listed = (*letters)->list("", 1000);
  EXPECT_TRUE(listed.ok()) << listed.error().text();
  return listed.ok() ? std::move(*listed) : std::vector<DeadLetter>{};
}

inline Verdict verdict(Verdict::Action action, Counters counters = {}) {
  Verdict verdict;
  verdict.action = action;
  verdict.counters = counters;
  verdict.history = "[{}]";
  verdict.reason = "a reason";
  return verdict;
}

// As the master counts a run that failed.
inline Verdict failed(const Delivery& job) {
  Counters counters = job.counters;
  ++counters.attempts;
  return verdict(Verdict::Action::retry, counters);
}

// As the master counts a run whose worker died.
inline Verdict crashed(const Delivery& job) {
  Counters counters = job.counters;
  ++counters.crashes;
  return verdict(Verdict::Action::retry, counters);
}

}  // namespace narwhal::test
