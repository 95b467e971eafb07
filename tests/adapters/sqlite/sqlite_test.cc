#include "sqlite_test.h"

#include <stdexcept>

namespace narwhal::test {

Result<void> HandDriven::turn(int want) {
  PollSet ready;
  broker_->watch(ready);
  if (auto waited = ready.wait(Duration{0}); !waited.ok()) return waited.error();
  const auto before = events.deliveries.size();
  auto done = broker_->step(ready, clock_.now(), want, events);
  const int left = want - static_cast<int>(events.deliveries.size() - before);
  if (done.ok()) done = broker_->flush(clock_.now(), left);
  return done;
}

void HandDriven::must_turn(int want) {
  const auto done = turn(want);
  ASSERT_TRUE(done.ok()) << done.error().text();
}

BrokerConfig SqliteTest::config() const {
  BrokerConfig config;
  config.url = "sqlite:" + path;
  config.max_payload = max_payload;
  return config;
}

std::unique_ptr<Broker> SqliteTest::open_broker(const Clock& on, const std::string& name) {
  BrokerContext context;
  context.name = name;
  context.capacity = 100;
  context.lease = lease;
  context.max_payload = max_payload;
  context.clock = &on;
  auto broker = sqlite_broker_type().open(config(), context);
  if (!broker.ok()) throw std::runtime_error(broker.error().text());
  return std::move(*broker);
}

std::unique_ptr<Pump> SqliteTest::open(const std::string& name) {
  auto pump = std::make_unique<Pump>(open_broker(real_clock, name));
  EXPECT_TRUE(pump->serve());
  return pump;
}

std::unique_ptr<HandDriven> SqliteTest::open_by_hand(const std::string& name) {
  auto master = std::make_unique<HandDriven>(open_broker(clock, name), clock);
  const auto connected = master->broker().connect(clock.now());
  if (!connected.ok()) throw std::runtime_error(connected.error().text());
  master->must_turn(0);
  EXPECT_TRUE(master->broker().serving());
  return master;
}

std::unique_ptr<Producer> SqliteTest::producer() {
  auto producer = sqlite_broker_type().open_producer(config());
  if (!producer.ok()) throw std::runtime_error(producer.error().text());
  return std::move(*producer);
}

std::string SqliteTest::enqueue(const std::string& payload) {
  NewJob job;
  job.payload = payload;
  auto id = producer()->enqueue(job);
  if (!id.ok()) throw std::runtime_error(id.error().text());
  return *id;
}

}  // namespace narwhal::test
