// Delayed jobs, which the masters move from level to level: when one stops or dies, when queues are
// deleted under them, when many are due at once.
#include <algorithm>
#include <set>

#include "rabbitmq_case.h"

namespace narwhal::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class RabbitmqDelays : public RabbitmqCase, public testing::WithParamInterface<const char*> {
 protected:
  RabbitmqDelays() { options = {{"queue_type", GetParam()}}; }

  NewJob delayed(const std::string& payload, Duration delay) {
    NewJob job;
    job.payload = payload;
    job.run_at = clock.wall_now() + std::chrono::ceil<std::chrono::microseconds>(delay);
    return job;
  }
  // A master that moves what is due within a second.
  std::unique_ptr<Pump> open_mover() {
    auto pump = open();
    enqueue(delayed("first", milliseconds{50}));
    pump->ack(pump->take_one());
    return pump;
  }
};
INSTANTIATE_TEST_SUITE_P(Queues, RabbitmqDelays, testing::Values("classic", "quorum"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(RabbitmqDelays, AreTakenOverFromAMasterThatDied) {
  auto first = open_mover();
  for (int i = 0; i < 5; ++i) enqueue(delayed(std::to_string(i), milliseconds{800 + 100 * i}));
  first->run_for(0, milliseconds{200});
  auto second = open();
  first->kill();
  EXPECT_EQ(payloads(second->take(5)), (std::vector<std::string>{"0", "1", "2", "3", "4"}));
  for (const Delivery& job : second->deliveries) EXPECT_EQ(job.counters, Counters{});
}

TEST_P(RabbitmqDelays, AreLeftToAnotherMasterByOneThatStops) {
  auto first = open_mover();
  for (int i = 0; i < 3; ++i) enqueue(delayed(std::to_string(i), milliseconds{800}));
  first->run_for(0, milliseconds{200});
  auto second = open();
  first->broker().set_fetching(false);
  ASSERT_TRUE(first->confirm());
  for (const Delivery& job : second->take(3)) second->ack(job);
  // It goes on when it is to: the other one has stopped.
  second->broker().set_fetching(false);
  ASSERT_TRUE(second->confirm());
  second->kill();
  first->broker().set_fetching(true);
  enqueue(delayed("again", milliseconds{200}));
  EXPECT_EQ(first->take_one().payload, "again");
}

TEST_P(RabbitmqDelays, FindTheirQueuesDeletedAndComeAllTheSame) {
  auto pump = open_mover();
  const NewJob job = delayed("stubborn", milliseconds{900});
  enqueue(job);
  pump->run_for(0, milliseconds{200});
  vhost.remove("default.narwhal-delay.0");
  vhost.remove("default");
  EXPECT_EQ(pump->take_one().payload, "stubborn");
  EXPECT_GE(clock.wall_now(), *job.run_at);
  // Not before the server has said so: it would not, once another has declared the level again.
  const std::string gone = "deleted or moved: default.narwhal-delay.0";
  ASSERT_TRUE(pump->until(0, [&] { return mentions(pump->notices, gone) == 1; }));
  enqueue(delayed("next", milliseconds{200}));
  EXPECT_EQ(pump->take_one().payload, "next") << "the level is there again, and consumed";
}

TEST_P(RabbitmqDelays, OfManyJobsEachComesOnceAndNoneBeforeItsTime) {
  constexpr int kJobs = 1500;
  std::vector<NewJob> jobs;
  for (int i = 0; i < kJobs; ++i) {
    jobs.push_back(delayed(std::to_string(i), milliseconds{500 + i * 37 % 2500}));
  }
  auto producer = rabbitmq_broker_type().open_producer(config());
  ASSERT_TRUE(producer.ok());
  ASSERT_TRUE((*producer)->enqueue_all(jobs).ok());
  auto pump = open();
  std::set<int> seen;
  Duration latest{0};
  const bool all = pump->until(100, [&] {
    for (; !pump->deliveries.empty(); pump->deliveries.pop_front()) {
      Delivery& job = pump->deliveries.front();
      const int number = std::stoi(job.payload);
      const auto late = clock.wall_now() - *jobs[static_cast<std::size_t>(number)].run_at;
      EXPECT_GE(late, Duration{0});
      EXPECT_TRUE(seen.insert(number).second) << number << " came twice";
      latest = std::max(latest, Duration{late});
      pump->broker().settle(std::move(job), Verdict{});
    }
    return seen.size() == kJobs;
  });
  EXPECT_TRUE(all) << seen.size();
  ASSERT_TRUE(pump->confirm());
  std::cout << "the latest by " << latest / milliseconds{1} << " ms\n";
}

}  // namespace
}  // namespace narwhal::test
