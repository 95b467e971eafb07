#include "pump.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace narwhal::test {
namespace {

constexpr Duration kBackoff = std::chrono::milliseconds{20};

}  // namespace

void Pump::turn(int want, Duration limit) {
  TimePoint now = clock_.now();
  const TimePoint deadline = now + limit;
  if (!connected_) {
    if (now < connect_at_) {
      std::this_thread::sleep_until(std::min(connect_at_, deadline));
      return;
    }
    auto up = broker_->connect(now);
    if (!up.ok()) return failed(up.error());
    connected_ = true;
  }
  PollSet set;
  broker_->watch(set);
  // The master makes a turn at once when it wants more or less than before.
  const bool changed = std::exchange(want_, want) != want;
  const TimePoint wake = changed ? now : std::min(broker_->wake_at(), deadline);
  const auto waited = set.wait(std::max(wake - now, Duration{0}));
  ASSERT_TRUE(waited.ok()) << waited.error().text();

  now = clock_.now();
  BrokerEvents events;
  auto done = broker_->step(set, now, want, events);
  const int left = want - static_cast<int>(events.deliveries.size());
  ASSERT_GE(left, 0) << "more jobs than wanted";
  collect(events);
  want_ = left;
  if (done.ok()) done = broker_->flush(now, left);
  if (!done.ok()) failed(done.error());
}

void Pump::failed(const Error& error) {
  errors.push_back(error.text());
  broker_->disconnect();
  connected_ = false;
  connect_at_ = clock_.now() + kBackoff;
}

void Pump::collect(BrokerEvents& events) {
  for (auto& job : events.deliveries) deliveries.push_back(std::move(job));
  for (auto& each : events.published) published.push_back(std::move(each));
  for (auto& each : events.lost) lost.push_back(std::move(each));
  for (auto& each : events.set_aside) notices.push_back(std::move(each.reason));
  for (auto& each : events.notices) notices.push_back(std::move(each.text));
  if (!events.depths.empty()) depths_ = std::move(events.depths);
}

bool Pump::until(int want, const std::function<bool()>& done, Duration patience) {
  const TimePoint deadline = clock_.now() + patience;
  while (!done()) {
    const TimePoint now = clock_.now();
    if (now >= deadline) return false;
    turn(want, deadline - now);
    if (testing::Test::HasFatalFailure()) return false;
  }
  return true;
}

void Pump::run_for(int want, Duration time) {
  (void)until(
      want, [] { return false; }, time);
}

std::vector<Delivery> Pump::take(std::size_t count, Duration patience) {
  const TimePoint deadline = clock_.now() + patience;
  while (deliveries.size() < count && clock_.now() < deadline) {
    const int want = static_cast<int>(count - deliveries.size());
    turn(want, deadline - clock_.now());
    if (testing::Test::HasFatalFailure()) break;
  }
  std::vector<Delivery> taken;
  while (!deliveries.empty() && taken.size() < count) {
    taken.push_back(std::move(deliveries.front()));
    deliveries.pop_front();
  }
  return taken;
}

Delivery Pump::take_one() {
  auto jobs = take(1);
  EXPECT_EQ(jobs.size(), 1U) << "no job came";
  return jobs.empty() ? Delivery{} : std::move(jobs.front());
}

void Pump::settle(Delivery job, Verdict verdict) {
  broker_->settle(std::move(job), std::move(verdict));
  EXPECT_TRUE(confirm());
}

bool Pump::confirm() {
  return until(0, [this] { return broker_->unconfirmed() == 0; });
}

Result<void> Pump::publish(NewJob job) {
  const PublishToken token = next_token_++;
  broker_->publish(token, std::move(job));
  const auto answered = [&] {
    return std::find_if(published.begin(), published.end(),
                        [&](const auto& each) { return each.token == token; });
  };
  if (!until(0, [&] { return answered() != published.end(); })) {
    return Error{ErrorKind::unavailable, "unable to publish", "no answer"};
  }
  return answered()->result;
}

std::vector<QueueDepth> Pump::depths() {
  depths_.clear();
  broker_->request_depths();
  EXPECT_TRUE(until(0, [this] { return !depths_.empty(); }));
  return depths_;
}

bool Pump::serve() {
  return until(0, [this] { return broker_->serving(); });
}

}  // namespace narwhal::test
