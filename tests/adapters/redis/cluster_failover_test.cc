// A master of a cluster that dies, and its replica that takes its place.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "redis_case.h"
#include "tests/support/redis_cluster.h"

namespace narwhal::test {
namespace {

constexpr std::size_t kReplica = RedisCluster::kMasters;

class ClusterFailover : public RedisCase {
 protected:
  ClusterFailover() {
    url = cluster.url();
    // A tag whose slot is the first master's, which has the replica.
    int number = 0;
    do options["prefix"] = "{tag" + std::to_string(++number) + "}:";
    while (cluster.owner(prefix()) != 0);
  }

  [[nodiscard]] std::string prefix() const { return options.at("prefix"); }
  [[nodiscard]] std::string replication(std::size_t node) {
    return cluster.node(node).text({"INFO", "replication"});
  }
  [[nodiscard]] bool promoted() {
    return replication(kReplica).find("role:master") != std::string::npos;
  }
  // All that the master has answered for so far is at its replica.
  void await_replica(Pump& pump) {
    const auto offset = [&](std::size_t node, const std::string& field) {
      const std::string info = replication(node);
      return std::stoll(info.substr(info.find(field + ":") + field.size() + 1));
    };
    const long long written = offset(0, "master_repl_offset");
    ASSERT_TRUE(pump.until(0, [&] { return offset(kReplica, "slave_repl_offset") >= written; }));
  }

  static void drain(Pump& pump, std::set<std::string>& done) {
    while (!pump.deliveries.empty()) {
      done.insert(pump.deliveries.front().payload);
      pump.broker().settle(std::move(pump.deliveries.front()), Verdict{});
      pump.deliveries.pop_front();
    }
  }

  RedisCluster cluster{1, 1500};
};

TEST_F(ClusterFailover, UnderLoadWhatTheReplicaHadHeardOfIsKept) {
  lease = std::chrono::seconds{6};
  std::set<std::string> done;
  std::set<std::string> owed;
  for (int i = 0; i < 300; ++i) owed.insert("before" + std::to_string(i));
  for (const auto& payload : owed) enqueue(payload);
  auto pump = open();
  const auto in_hand = pump->take(20);
  ASSERT_EQ(in_hand.size(), 20U);
  await_replica(*pump);

  std::atomic<bool> stop = false;
  std::thread producing([&] {
    for (int i = 0; !stop; ++i) {
      auto producer = redis_broker_type().open_producer(config());
      NewJob job;
      job.payload = "during" + std::to_string(i);
      if (producer.ok()) (void)(*producer)->enqueue(job);
    }
  });
  EXPECT_TRUE(pump->until(5, [&] {
    drain(*pump, done);
    return done.size() > 50;
  }));
  cluster.node(0).kill();
  const auto served_again = [&] {
    drain(*pump, done);
    return promoted() && pump->broker().serving();
  };
  const bool again = pump->until(5, served_again, std::chrono::seconds{30});
  stop = true;
  producing.join();
  ASSERT_TRUE(again);
  enqueue("after");
  owed.insert("after");
  for (const auto& job : in_hand) {
    done.insert(job.payload);
    pump->broker().settle(job, Verdict{});
  }
  EXPECT_TRUE(pump->until(20, [&] {
    drain(*pump, done);
    return std::includes(done.begin(), done.end(), owed.begin(), owed.end());
  }));
  EXPECT_TRUE(pump->confirm());
}

// It is stopped, not dead: nobody hangs up, and when it goes on it does so as a master at first.
TEST_F(ClusterFailover, AMasterThatIsCutOffIsReplaced) {
  lease = std::chrono::seconds{6};
  enqueue("in hand");
  auto pump = open();
  const Delivery job = pump->take_one();
  await_replica(*pump);
  cluster.node(0).pause();
  pump->broker().settle(job, retry_verdict());
  ASSERT_TRUE(pump->until(
      0, [&] { return promoted() && !pump->errors.empty() && pump->broker().serving(); },
      std::chrono::seconds{40}));
  cluster.node(0).resume();
  ASSERT_TRUE(pump->confirm());
  const Delivery again = pump->take_one();
  EXPECT_EQ(again.payload, "in hand");
  EXPECT_EQ(again.counters.attempts, 1U);
  pump->ack(again);
  ASSERT_TRUE(pump->until(
      5, [&] { return replication(0).find("role:slave") != std::string::npos; },
      std::chrono::seconds{30}));
  enqueue("after");
  EXPECT_EQ(pump->take_one().payload, "after");
  pump->run_for(5, std::chrono::milliseconds{200});
  EXPECT_TRUE(pump->deliveries.empty());
  EXPECT_TRUE(pump->lost.empty());
}

}  // namespace
}  // namespace narwhal::test
