// Which clusters are served, and how their nodes are found.
#include <set>

#include "cluster_case.h"

namespace narwhal::test {
namespace {

class Cluster : public ClusterCase {
 protected:
  // What a master and a producer are told, each time with the same words in it.
  void expect_refused(const std::string& words) {
    Pump pump(open_broker());
    ASSERT_TRUE(pump.until(1, [&] { return !pump.errors.empty(); }));
    EXPECT_TRUE(mentions(pump.errors, words)) << pump.errors.front();
    EXPECT_FALSE(pump.broker().serving());
    auto producer = redis_broker_type().open_producer(config());
    ASSERT_FALSE(producer.ok());
    EXPECT_EQ(producer.error().kind, ErrorKind::invalid);
    EXPECT_NE(producer.error().text().find(words), std::string::npos) << producer.error().text();
  }
  void expect_refused_unconnected(const std::string& words, const std::string& key) {
    const auto mistakes = redis_broker_type().validate(config());
    ASSERT_EQ(mistakes.size(), 1U);
    EXPECT_NE(mistakes[0].text.find(words), std::string::npos) << mistakes[0].text;
    EXPECT_EQ(mistakes[0].key, key);
  }
  void expect_a_job_goes_through(const std::string& payload) {
    enqueue(payload);
    auto pump = open();
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.payload, payload);
    pump->settle(job, bury_verdict("no luck"));
    auto letters = dead_letters();
    ASSERT_EQ(*letters->retry({job.id}), 1U);
    pump->ack(pump->take_one());
    EXPECT_TRUE(pump->errors.empty()) << pump->errors.front();
  }
};

TEST_F(Cluster, AnyNodeMayBeNamed) {
  for (std::size_t node = 0; node < RedisCluster::kMasters; ++node) {
    url = cluster.url(node);
    expect_a_job_goes_through("over node " + std::to_string(node));
  }
  url = cluster.node(other()).url();
  expect_a_job_goes_through("over a Unix socket");
}

TEST_F(Cluster, ANodeThatIsAwayIsPassedBy) {
  url = "redis+cluster://127.0.0.1:1," + cluster.place(other());
  enqueue("second");
  EXPECT_EQ(open()->take_one().payload, "second");
}

TEST_F(Cluster, NodesThatTheUrlDoesNotNameAreKept) {
  RedisCluster own;
  const std::size_t owner = own.owner(prefix());
  const std::size_t named = (owner + 1) % RedisCluster::kMasters;
  url = own.url(named);
  auto pump = open();
  auto producer = redis_broker_type().open_producer(config());
  ASSERT_TRUE(producer.ok());
  own.node(named).kill();
  own.node(owner).call({"CLIENT", "KILL", "TYPE", "normal"});
  NewJob job;
  job.payload = "by the others";
  auto stored = (*producer)->enqueue(job);
  ASSERT_TRUE(stored.ok()) << stored.error().text();
  EXPECT_EQ(pump->take_one().payload, "by the others");
}

TEST_F(Cluster, WithoutAHashTagIsRefusedInWords) {
  options = {{"prefix", "app:"}};
  expect_refused_unconnected("write the option prefix = \"{app}:\"", "options.prefix");
  url = cluster.url(0);
  expect_refused("node of a Redis Cluster: the keys of one script must share");
  options = {};
  expect_refused("write the option prefix = \"{jobs}:\"");
}

TEST_F(Cluster, AnotherDatabaseIsRefusedInWords) {
  options["db"] = "1";
  expect_refused_unconnected("database 0 only", "options.db");
  url = cluster.url(0);
  expect_refused("a Redis Cluster has 0 only");
}

TEST_F(Cluster, FormatsWithoutAHashTagAreRefusedInWords) {
  for (const std::string format : {"sidekiq", "resque"}) {
    url = cluster.url();
    options = {{"format", format}};
    expect_refused_unconnected("write the option prefix = \"{" + format + "}:\"", "options.format");
    url = cluster.url(0);
    expect_refused("have the application use the same prefix");
  }
}

TEST_F(Cluster, FormatsWithAHashTagAreServed) {
  const std::string tagged = prefix();
  for (const std::string format : {"sidekiq", "resque"}) {
    options = {{"format", format}, {"prefix", tagged + format + ":"}};
    NewJob job;
    job.payload = R"({"class":"A","args":[1]})";
    job.run_at = clock.wall_now() + std::chrono::milliseconds{50};
    const std::string id = enqueue(job);
    auto pump = open();
    const Delivery delayed = pump->take_one();
    EXPECT_EQ(delayed.id, id);
    pump->settle(delayed, retry_verdict(std::chrono::milliseconds{50}));
    pump->settle(pump->take_one(), bury_verdict("no"));
    EXPECT_EQ(*dead_letters()->retry_all(""), 1U);
    pump->ack(pump->take_one());
  }
}

TEST_F(Cluster, AServerThatStandsAloneIsNone) {
  RedisServer alone({"--bind", "127.0.0.1"}, unused_port());
  const std::string port = alone.list({"CONFIG", "GET", "port"})[1];
  url = "redis+cluster://127.0.0.1:" + port;
  expect_refused("no node of a Redis Cluster");
  url = "redis://127.0.0.1:" + port;
  expect_a_job_goes_through("a hash tag does no harm");
}

TEST_F(Cluster, TheLoginIsTheSameAtEveryNode) {
  for (std::size_t node = 0; node < RedisCluster::kMasters; ++node) {
    cluster.node(node).call({"ACL", "SETUSER", "worker", "on", ">pw", "~" + prefix() + "*", "&*",
                             "+@all", "-info", "-cluster"});
  }
  options["user"] = "worker";
  options["password"] = "pw";
  url = cluster.url(other());
  enqueue("known");
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, "known");
  const std::string clients = cluster.node(owner()).text({"CLIENT", "LIST"});
  EXPECT_NE(clients.find("user=worker"), std::string::npos);
  EXPECT_TRUE(pump->errors.empty());
}

TEST_F(Cluster, TablesWithTagsOfTheirOwnAreSpread) {
  std::set<std::size_t> owners;
  for (int table = 0; table < 30; ++table) {
    owners.insert(cluster.owner("{table" + std::to_string(table) + "}:"));
  }
  EXPECT_EQ(owners.size(), RedisCluster::kMasters);
  options["prefix"] = "{spread}:";
  cluster.node(cluster.owner("{spread}:")).call({"LPUSH", "{spread}:queue:default", "theirs"});
  EXPECT_EQ(open()->take_one().payload, "theirs");
}

TEST_F(Cluster, NodesThatNameOneAnotherAreGivenUp) {
  const std::string slot = cluster.slot(prefix());
  std::vector<std::string> ids;
  for (std::size_t node = 0; node < RedisCluster::kMasters; ++node) ids.push_back(cluster.id(node));
  for (std::size_t node = 0; node < RedisCluster::kMasters; ++node) {
    cluster.node(node).call(
        {"CLUSTER", "SETSLOT", slot, "NODE", ids[(node + 1) % RedisCluster::kMasters]});
  }
  auto producer = redis_broker_type().open_producer(config());
  ASSERT_FALSE(producer.ok());
  EXPECT_EQ(producer.error().kind, ErrorKind::unavailable);
  EXPECT_NE(producer.error().text().find("one node names another"), std::string::npos);
  cluster.node(0).call({"CLUSTER", "SETSLOT", slot, "NODE", ids[0]});
}

}  // namespace
}  // namespace narwhal::test
