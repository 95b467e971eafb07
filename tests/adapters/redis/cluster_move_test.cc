// A slot that leaves its node: nothing may be lost on the way, and nobody has to wait for a timer.
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "cluster_case.h"

namespace narwhal::test {
namespace {

class ClusterMove : public ClusterCase {};

TEST_F(ClusterMove, JobsInHandAreSettledAtTheNewNode) {
  for (const auto* payload : {"acked", "retried", "delayed", "buried", "released"})
    enqueue(payload);
  auto pump = open();
  auto jobs = pump->take(5);
  ASSERT_EQ(jobs.size(), 5U);
  enqueue("waiting");
  cluster.move_slot(prefix(), other());
  pump->settle(jobs[0], Verdict{});
  pump->settle(jobs[1], retry_verdict());
  pump->settle(jobs[2], retry_verdict(std::chrono::milliseconds{30}));
  pump->settle(jobs[3], bury_verdict("no"));
  pump->settle(jobs[4], release_verdict());
  std::set<std::string> got;
  for (const auto& job : pump->take(4)) {
    got.insert(job.payload);
    pump->ack(job);
  }
  EXPECT_EQ(got, (std::set<std::string>{"retried", "delayed", "released", "waiting"}));
  EXPECT_TRUE(pump->lost.empty());
  EXPECT_TRUE(mentions(pump->errors, "MOVED"));
  EXPECT_EQ(dead_letters()->list("", 10)->size(), 1U);
}

TEST_F(ClusterMove, AnIdleMasterIsWokenAtTheNewNode) {
  lease = std::chrono::seconds{600};  // so that no heartbeat finds it out
  auto pump = open();
  pump->run_for(1, std::chrono::milliseconds{200});
  for (int round = 0; round < 3; ++round) {
    cluster.move_slot(prefix(), other());
    pump->run_for(1, std::chrono::milliseconds{100});
    cluster.node(owner()).call({"LPUSH", list(), "wake up"});
    const auto jobs = pump->take(1, std::chrono::seconds{5});
    ASSERT_EQ(jobs.size(), 1U);
    pump->ack(jobs.front());
    pump->run_for(1, std::chrono::milliseconds{100});
  }
}

// All keys that a turn names are there, but its ack deletes one: what it pops next could not be put
// anywhere, since keys that are missing are no longer made here.
TEST_F(ClusterMove, ATurnDoesNotStopHalfWay) {
  auto pump = open();
  enqueue("in hand");
  const Delivery job = pump->take_one();
  NewJob later;
  later.run_at = clock.wall_now() + std::chrono::hours{1};
  enqueue(later);
  for (int i = 0; i < 3; ++i) enqueue(std::to_string(i));
  const std::size_t to = other();
  cluster.begin_move(prefix(), to);
  pump->broker().settle(job, Verdict{});
  pump->run_for(2, std::chrono::milliseconds{200});
  EXPECT_TRUE(pump->deliveries.empty());
  EXPECT_EQ(number({"LLEN", list()}), 3);
  cluster.finish_move(prefix(), to);
  std::set<std::string> got;
  for (const auto& each : pump->take(3)) got.insert(each.payload);
  EXPECT_EQ(got, (std::set<std::string>{"0", "1", "2"}));
  EXPECT_TRUE(pump->lost.empty());
}

// Some keys have gone ahead.
TEST_F(ClusterMove, WhileKeysAreOnTheirWayNothingIsTouched) {
  auto pump = open();
  enqueue("in hand");
  const Delivery job = pump->take_one();
  for (int i = 0; i < 10; ++i) enqueue(std::to_string(i));
  const std::size_t from = owner();
  const std::size_t to = other();
  cluster.begin_move(prefix(), to);
  std::vector<std::string> ahead;
  for (const auto& key :
       cluster.node(from).list({"CLUSTER", "GETKEYSINSLOT", cluster.slot(prefix()), "100"})) {
    if (key.find("inflight") != std::string::npos) ahead.push_back(key);
  }
  ASSERT_EQ(ahead.size(), 1U);
  cluster.move_keys(prefix(), to, ahead);

  pump->broker().settle(job, retry_verdict());
  NewJob more;
  more.payload = "published";
  pump->broker().publish(1, more);
  pump->run_for(5, std::chrono::milliseconds{300});
  EXPECT_TRUE(pump->deliveries.empty());
  EXPECT_EQ(pump->broker().unconfirmed(), 2U);
  EXPECT_EQ(number({"LLEN", list()}), 10);
  EXPECT_TRUE(mentions(pump->errors, "TRYAGAIN")) << pump->errors.back();

  cluster.finish_move(prefix(), to);
  std::set<std::string> got;
  for (const auto& each : pump->take(12)) {
    got.insert(each.payload);
    pump->ack(each);
  }
  EXPECT_EQ(got.size(), 12U);
  EXPECT_TRUE(pump->lost.empty());
}

TEST_F(ClusterMove, AProducerWaitsForASlotThatIsOnItsWay) {
  enqueue("there");
  const std::size_t to = other();
  auto producer = redis_broker_type().open_producer(config());
  ASSERT_TRUE(producer.ok());
  cluster.begin_move(prefix(), to);
  std::thread mover([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    cluster.finish_move(prefix(), to);
  });
  // A list that is there and one that is not: neither node has both.
  NewJob first;
  NewJob second;
  first.payload = "one";
  second.payload = "two";
  second.run_at = clock.wall_now() + std::chrono::milliseconds{300};
  const auto stored = (*producer)->enqueue_all({first, second});
  mover.join();
  ASSERT_TRUE(stored.ok()) << stored.error().text();
  auto pump = open();
  std::multiset<std::string> got;
  for (const auto& job : pump->take(3)) got.insert(job.payload);
  EXPECT_EQ(got, (std::multiset<std::string>{"there", "one", "two"}));
}

// Producers, a master of two queues and a slot that goes round and round.
TEST_F(ClusterMove, UnderLoadNothingIsLost) {
  constexpr int kJobs = 3000;
  std::atomic<bool> failed = false;
  std::thread producing([&] {
    auto producer = redis_broker_type().open_producer(config());
    for (int i = 0; i < kJobs && producer.ok(); ++i) {
      NewJob job;
      job.payload = std::to_string(i);
      if (auto stored = (*producer)->enqueue(job); !stored.ok()) {
        ADD_FAILURE() << stored.error().text();
        failed = true;
        return;
      }
    }
  });
  std::atomic<int> moves = 0;
  std::atomic<bool> stop = false;
  std::thread moving([&] {
    while (!stop) {
      cluster.move_slot(prefix(), other());
      ++moves;
      std::this_thread::sleep_for(std::chrono::milliseconds{150});
    }
  });

  auto pump = open();
  std::map<std::string, int> runs;
  PublishToken token = 1'000'000;
  int own = 0;
  const bool all = pump->until(
      20,
      [&] {
        while (!pump->deliveries.empty()) {
          Delivery job = std::move(pump->deliveries.front());
          pump->deliveries.pop_front();
          const int run = ++runs[job.payload];
          const bool retry = run == 1 && job.payload.ends_with("7");
          if (run == 1 && job.payload.ends_with("3") && job.payload[0] != 'o') {
            NewJob more;
            more.payload = "own" + std::to_string(++own);
            pump->broker().publish(++token, more);
          }
          pump->broker().settle(std::move(job), retry ? retry_verdict() : Verdict{});
        }
        return failed || (runs.size() == kJobs + kJobs / 10 && moves >= 5);
      },
      std::chrono::seconds{60});
  stop = true;
  moving.join();
  producing.join();
  EXPECT_TRUE(all) << runs.size();
  EXPECT_TRUE(pump->confirm());
  EXPECT_TRUE(pump->lost.empty());
  for (const auto& [payload, times] : runs) {
    EXPECT_EQ(times, payload.ends_with("7") && payload[0] != 'o' ? 2 : times) << payload;
  }
  int repeats = 0;
  for (const auto& [payload, times] : runs) repeats += times - (payload.ends_with("7") ? 2 : 1);
  EXPECT_EQ(repeats, 0);
  pump->run_for(5, std::chrono::milliseconds{100});
  EXPECT_TRUE(pump->deliveries.empty());
  EXPECT_EQ(number({"LLEN", list()}), 0);
}

}  // namespace
}  // namespace narwhal::test
