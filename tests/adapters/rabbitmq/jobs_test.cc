// What becomes of jobs: foreign messages, headers, delays in several steps, jobs given back and
// those of masters that died. Field cases P02, P49, P50.
#include <algorithm>

#include "rabbitmq_case.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RabbitmqJobs : public RabbitmqCase {
 protected:
  // As bunny and its like send them.
  void publish_foreign(const std::string& payload) {
    amqp_table_entry_t entries[2]{};
    entries[0].key = amqp_cstring_bytes("tenant");
    entries[0].value.kind = AMQP_FIELD_KIND_UTF8;
    entries[0].value.value.bytes = amqp_cstring_bytes("acme");
    entries[1].key = amqp_cstring_bytes("tries");
    entries[1].value.kind = AMQP_FIELD_KIND_I32;
    entries[1].value.value.i32 = 7;
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_HEADERS_FLAG |
                        AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG |
                        AMQP_BASIC_CORRELATION_ID_FLAG;
    properties.content_type = amqp_cstring_bytes("application/json");
    properties.message_id = amqp_cstring_bytes("their-id");
    properties.correlation_id = amqp_cstring_bytes("their-request");
    properties.timestamp = 1'700'000'000;
    properties.headers = {2, entries};
    vhost.publish("default", payload, properties);
  }
};

TEST_F(RabbitmqJobs, AForeignMessageKeepsItsIdTimeAndHeaders) {
  auto pump = open();
  publish_foreign("theirs");
  const Headers headers = {{"tenant", "acme"}, {"tries", "7"}};
  Delivery job = pump->take_one();
  EXPECT_EQ(job.id, "their-id");
  EXPECT_EQ(job.headers, headers);
  EXPECT_EQ(to_unix_micros(job.enqueued_at), 1'700'000'000'000'000);
  pump->settle(job, retry_verdict());
  job = pump->take_one();
  EXPECT_EQ(job.id, "their-id");
  EXPECT_EQ(job.headers, headers);
  EXPECT_EQ(job.counters.attempts, 1U);
  pump->settle(job, bury_verdict("no use"));
  // Everything else that they sent is still with it.
  const auto dead = vhost.http("POST", "/api/queues/" + vhost.name() + "/default.narwhal-dead/get",
                               R"({"count":1,"ackmode":"ack_requeue_true","encoding":"auto"})");
  for (const char* part : {"their-request", "application/json", "\"tries\":7", "no use"}) {
    EXPECT_NE(dead.body.find(part), std::string::npos) << part << " in " << dead.body;
  }
}

TEST_F(RabbitmqJobs, AForeignMessageWithoutIdHasTheSameOneOnEachDelivery) {
  auto first = open();
  vhost.publish("default", "nameless");
  const std::string id = first->take_one().id;
  first->kill();
  auto second = open();
  const Delivery again = second->take_one();
  EXPECT_EQ(again.id, id);
  EXPECT_FALSE(id.empty());
}

TEST_F(RabbitmqJobs, ADelayOfSeveralStepsEndsOnTime) {
  NewJob job;
  job.payload = "later";
  job.run_at = clock.wall_now() + milliseconds{1700};
  enqueue(job);
  auto pump = open();
  const Delivery got = pump->take_one();
  EXPECT_GE(clock.wall_now(), *job.run_at);
  EXPECT_EQ(got.counters, Counters{});
  EXPECT_TRUE(got.headers.empty()) << "what the server noted on the way is its own business";
}

TEST_F(RabbitmqJobs, DelayedJobsStayInTheServer) {
  std::vector<NewJob> jobs(2000);
  for (auto& each : jobs) each.run_at = clock.wall_now() + std::chrono::hours{1};
  auto producer = rabbitmq_broker_type().open_producer(config());
  ASSERT_TRUE(producer.ok());
  ASSERT_TRUE((*producer)->enqueue_all(jobs).ok());
  enqueue("now");
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, "now");
  EXPECT_EQ(pump->depths().front().delayed, 2000U);
}

TEST_F(RabbitmqJobs, JobsGivenBackAtTheEndComeFirstForTheNextMasterAndUncounted) {
  for (int i = 0; i < 6; ++i) enqueue(std::to_string(i));
  auto first = open();
  auto jobs = first->take(3);
  ASSERT_EQ(jobs.size(), 3U);
  first->broker().set_fetching(false);
  for (auto& job : jobs) first->broker().settle(std::move(job), release_verdict());
  ASSERT_TRUE(first->confirm());
  first->kill();
  const auto again = open()->take(6);
  EXPECT_EQ(payloads(again), (std::vector<std::string>{"0", "1", "2", "3", "4", "5"}));
  for (const Delivery& job : again) EXPECT_EQ(job.counters, Counters{});
}

TEST_F(RabbitmqJobs, AnOrphanComesBeforeAllOthers) {
  enqueue("orphan");
  auto first = open();
  EXPECT_EQ(first->take_one().payload, "orphan");
  for (int i = 0; i < 3; ++i) enqueue("waiting");
  first->kill();
  auto second = open();
  const Delivery job = second->take_one();
  EXPECT_EQ(job.payload, "orphan");
  EXPECT_EQ(job.counters.crashes, 1U);
}

// A quorum queue counts every message that is returned, and drops it over a limit.
TEST_F(RabbitmqJobs, ManyStopsDoNotUseUpTheDeliveriesOfAQuorumQueue) {
  options = {{"queue_type", "quorum"},
             {"x-delivery-limit", "2"},
             {"x-dead-letter-exchange", ""},
             {"x-dead-letter-routing-key", "default.narwhal-dead"}};
  const std::string id = enqueue("patient");
  for (int i = 0; i < 25; ++i) {
    auto pump = open();
    Delivery job = pump->take_one();
    ASSERT_EQ(job.id, id) << "stop " << i;
    ASSERT_EQ(job.counters, Counters{});
    pump->broker().set_fetching(false);
    pump->broker().settle(std::move(job), release_verdict());
    ASSERT_TRUE(pump->confirm());
  }
  EXPECT_EQ(open()->take_one().id, id);
}

TEST_F(RabbitmqJobs, CrashesAreCountedWhereTheServerWouldDropTheJob) {
  options = {{"queue_type", "quorum"},
             {"x-delivery-limit", "2"},
             {"x-dead-letter-exchange", ""},
             {"x-dead-letter-routing-key", "default.narwhal-dead"}};
  const std::string id = enqueue("poison");
  for (std::uint32_t i = 0; i < 5; ++i) {
    auto pump = open();
    const Delivery job = pump->take_one();
    ASSERT_EQ(job.id, id);
    ASSERT_EQ(job.counters.crashes, i);
    pump->kill();
  }
}

TEST_F(RabbitmqJobs, LostConnectionsDoNotUseUpTheDeliveriesOfAQuorumQueue) {
  options = {{"queue_type", "quorum"},
             {"x-delivery-limit", "1"},
             {"x-dead-letter-exchange", ""},
             {"x-dead-letter-routing-key", "default.narwhal-dead"}};
  const std::string id = enqueue("unlucky");
  auto pump = open();
  for (std::size_t i = 0; i < 5; ++i) {
    ASSERT_EQ(pump->take_one().id, id);
    proxy.cut();
    ASSERT_TRUE(pump->until(0, [&] { return pump->lost.size() == i + 1; }));
    proxy.join();
  }
  EXPECT_EQ(pump->take_one().counters, Counters{});
}

TEST_F(RabbitmqJobs, JobsThatNoWorkerTakesGoToAnotherMaster) {
  auto first = open();
  first->run_for(3, milliseconds{50});
  for (int i = 0; i < 3; ++i) enqueue(std::to_string(i));
  // They were wanted when they were sent, and are not any more.
  first->run_for(0, milliseconds{50});
  auto second = open();
  std::vector<Delivery> jobs;
  for (int i = 0; i < 200 && jobs.size() < 3; ++i) {
    first->turn(0, milliseconds{10});
    for (auto& job : second->take(3 - jobs.size(), milliseconds{20})) {
      jobs.push_back(std::move(job));
    }
  }
  EXPECT_EQ(payloads(jobs), (std::vector<std::string>{"0", "1", "2"}));
  for (const Delivery& job : jobs) EXPECT_EQ(job.counters, Counters{});
}

TEST_F(RabbitmqJobs, NoMoreIsHeldThanIsWanted) {
  for (int i = 0; i < 20; ++i) enqueue("job");
  auto first = open();
  ASSERT_EQ(first->take(4).size(), 4U);
  first->run_for(0, milliseconds{100});
  EXPECT_EQ(open()->take(16).size(), 16U);
}

TEST_F(RabbitmqJobs, MixedVerdictsAreEachAppliedToTheirJob) {
  for (int i = 0; i < 100; ++i) enqueue(std::to_string(i));
  auto pump = open();
  auto jobs = pump->take(100);
  ASSERT_EQ(jobs.size(), 100U);
  // Out of order, over several turns: every third stays in hand.
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::size_t at = i * 37 % jobs.size();
    if (at % 3 == 0) continue;
    pump->broker().settle(jobs[at], Verdict{});
    if (i % 10 == 0) pump->turn(0, milliseconds{1});
  }
  ASSERT_TRUE(pump->confirm());
  pump->kill();
  auto heir = open();
  auto left = payloads(heir->take(34));
  std::sort(left.begin(), left.end(),
            [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); });
  ASSERT_EQ(left.size(), 34U);
  for (std::size_t i = 0; i < left.size(); ++i) EXPECT_EQ(left[i], std::to_string(3 * i));
  heir->run_for(1, milliseconds{200});
  EXPECT_TRUE(heir->deliveries.empty());
}

}  // namespace
}  // namespace narwhal::test
