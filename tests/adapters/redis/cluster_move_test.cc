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

// A producer, a master that retries some jobs and publishes others, and a slot that goes round.
class ClusterMoveUnderLoad : public ClusterCase {
 protected:
  static constexpr int kJobs = 3000;

  void produce() {
    auto producer = redis_broker_type().open_producer(config());
    for (int i = 0; i < kJobs && !failed; ++i) {
      NewJob job;
      job.payload = std::to_string(i);
      const bool stored = producer.ok() && (*producer)->enqueue(job).ok();
      EXPECT_TRUE(stored) << i;
      failed = !stored;
    }
  }
  void keep_moving() {
    for (; !stop; ++moves) {
      cluster.move_slot(prefix(), other());
      std::this_thread::sleep_for(std::chrono::milliseconds{150});
    }
  }
  static bool is_retried(const std::string& payload) { return payload.ends_with("7"); }
  void run(Pump& pump, Delivery job) {
    const bool first = ++runs[job.payload] == 1;
    if (first && job.payload.ends_with("3")) {
      NewJob more;
      more.payload = job.payload + " published";
      pump.broker().publish(std::stoull(job.payload), more);
    }
    const bool retry = first && is_retried(job.payload);
    pump.broker().settle(std::move(job), retry ? retry_verdict() : Verdict{});
  }
  bool all_run(Pump& pump) {
    while (!pump.deliveries.empty()) {
      Delivery job = std::move(pump.deliveries.front());
      pump.deliveries.pop_front();
      run(pump, std::move(job));
    }
    return failed || (runs.size() == kJobs + kJobs / 10 && moves >= 5);
  }

  std::atomic<bool> failed = false;
  std::atomic<bool> stop = false;
  std::atomic<int> moves = 0;
  std::map<std::string, int> runs;
};

TEST_F(ClusterMoveUnderLoad, NothingIsLostAndNothingRunsTwice) {
  std::thread producing([this] { produce(); });
  std::thread moving([this] { keep_moving(); });
  auto pump = open();
  const bool all = pump->until(
      20, [&] { return all_run(*pump); }, std::chrono::seconds{60});
  stop = true;
  moving.join();
  producing.join();
  EXPECT_TRUE(all) << runs.size();
  EXPECT_TRUE(pump->confirm());
  EXPECT_TRUE(pump->lost.empty());
  pump->run_for(5, std::chrono::milliseconds{100});
  (void)all_run(*pump);
  for (const auto& [payload, times] : runs)
    EXPECT_EQ(times, is_retried(payload) ? 2 : 1) << payload;
}

}  // namespace
}  // namespace narwhal::test
