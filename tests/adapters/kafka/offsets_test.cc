// What is committed, and what a master makes of it.
#include <algorithm>
#include <set>

#include "kafka_case.h"

namespace narwhal::test {
namespace {

using KafkaOffsets = KafkaCase;
using Texts = std::vector<std::string>;

// P60: the committed offset never passes an unfinished job, and what is finished above it is not
// run again by whoever has the partition next.
TEST_F(KafkaOffsets, ARestartRepeatsNothingThatWasFinished) {
  put_numbered(10);
  auto first = open();
  auto jobs = first->take(10);
  ASSERT_EQ(jobs.size(), 10U);
  for (std::size_t i = 1; i < jobs.size(); i += 2) first->broker().settle(jobs[i], Verdict{});
  ASSERT_TRUE(first->confirm());
  EXPECT_EQ(topics.committed("default").offset, 0);
  for (std::size_t i = 0; i < jobs.size(); i += 2) {
    first->broker().settle(jobs[i], release_verdict());
  }
  first->broker().set_fetching(false);
  ASSERT_TRUE(first->confirm());
  first->kill();

  auto second = open();
  const auto rest = second->take(5);
  EXPECT_EQ(payloads(rest), (Texts{"0", "2", "4", "6", "8"}));
  for (const auto& job : rest) {
    EXPECT_EQ(job.counters, Counters{});
    second->broker().settle(job, Verdict{});
  }
  ASSERT_TRUE(second->confirm());
  EXPECT_EQ(topics.committed("default").offset, 10);
  second->run_for(5, std::chrono::milliseconds{200});
  EXPECT_TRUE(second->deliveries.empty());
}

TEST_F(KafkaOffsets, AStopLeavesNoClaims) {
  put_numbered(20);
  auto first = open();
  // Acks make it claim ahead.
  for (int i = 0; i < 5; ++i) first->ack(first->take_one());
  first->broker().set_fetching(false);
  ASSERT_TRUE(first->confirm());
  EXPECT_EQ(topics.committed("default").metadata, "nw1:");
  EXPECT_EQ(topics.committed("default").offset, 5);
  first->kill();
  auto second = open();
  for (const auto& job : second->take(15)) EXPECT_EQ(job.counters, Counters{}) << job.payload;
}

// P57: a documented rule, null and empty told apart, no partition blocked.
TEST_F(KafkaOffsets, MessagesWithoutAValueArePassedOver) {
  topics.put("default", {.payload = {}, .key = "k", .headers = {}});
  topics.put("default", {.payload = "", .key = "k", .headers = {}});
  topics.put("default", {.payload = "no key", .key = {}, .headers = {}});
  KafkaTopics::Message laden{.payload = "laden", .key = "", .headers = {}};
  for (int i = 0; i < 100; ++i) laden.headers.emplace_back("twin", std::string("\0\xff", 2));
  laden.headers.emplace_back("null", std::nullopt);
  topics.put("default", laden);
  auto pump = open();
  const auto jobs = pump->take(3);
  ASSERT_EQ(payloads(jobs), (Texts{"", "no key", "laden"}));
  EXPECT_EQ(jobs[2].headers.size(), 101U);
  EXPECT_EQ(jobs[2].headers[99], std::pair(std::string("twin"), std::string("\0\xff", 2)));
  EXPECT_EQ(mentions({pump->notices.begin(), pump->notices.end()}, "without a value"), 1U);
  // A retry carries them along.
  pump->settle(jobs[2], retry_verdict());
  const Delivery again = pump->take_one();
  EXPECT_EQ(again.payload, "laden");
  EXPECT_EQ(again.headers, jobs[2].headers);
  for (const auto& job : {jobs[0], jobs[1], again}) pump->ack(job);
  EXPECT_EQ(topics.committed("default").offset, 4);
}

// P59: no job is passed over without a word.
TEST_F(KafkaOffsets, DeletedMessagesAreReported) {
  put_numbered(10);
  auto first = open();
  for (int i = 0; i < 3; ++i) first->ack(first->take_one());
  first->broker().set_fetching(false);
  ASSERT_TRUE(first->confirm());
  first->kill();
  topics.forget_before("default", 0, 6);

  auto second = open();
  EXPECT_EQ(payloads(second->take(4)), (Texts{"6", "7", "8", "9"}));
  EXPECT_EQ(mentions({second->notices.begin(), second->notices.end()}, "out of range"), 1U);
}

TEST_F(KafkaOffsets, ANewGroupBeginsWithTheOldestJob) {
  put_numbered(5);
  topics.forget_before("default", 0, 2);
  auto pump = open();
  EXPECT_EQ(payloads(pump->take(3)), (Texts{"2", "3", "4"}));
  EXPECT_EQ(mentions({pump->notices.begin(), pump->notices.end()}, "out of range"), 0U);
}

TEST_F(KafkaOffsets, NewPartitionsAreServed) {
  topics.create("default", 1);
  auto pump = open();
  topics.grow("default", 3);
  topics.put("default", {.payload = "new", .headers = {}, .partition = 2});
  EXPECT_EQ(pump->take_one().payload, "new");
}

TEST_F(KafkaOffsets, DelayedJobsGoThroughTheLevels) {
  auto pump = open();
  NewJob job;
  job.payload = "later";
  job.run_at = clock.wall_now() + std::chrono::milliseconds{2500};
  enqueue(job);
  EXPECT_EQ(pump->take_one().payload, "later");
  EXPECT_GE(clock.wall_now(), *job.run_at);
  EXPECT_EQ(topics.read("default.retry.1").size(), 2U);
  EXPECT_EQ(topics.read("default.retry.0").size(), 1U);
}

// --- order

TEST_F(KafkaOffsets, OneJobOfAKeyIsInHandAtATime) {
  options["order"] = "key";
  put_numbered(3, "default", "a");
  topics.put("default", {.payload = "b", .key = "b", .headers = {}});
  topics.put("default", {.payload = "none", .headers = {}});
  topics.put("default", {.payload = "none too", .headers = {}});
  auto pump = open();
  auto jobs = pump->take(6, std::chrono::seconds{1});
  ASSERT_EQ(payloads(jobs), (Texts{"0", "b", "none", "none too"}));
  pump->ack(jobs[0]);
  const Delivery next = pump->take_one();
  EXPECT_EQ(next.payload, "1");
  // It goes on once the retry is stored.
  pump->settle(next, retry_verdict(std::chrono::hours{1}));
  EXPECT_EQ(pump->take_one().payload, "2");
}

TEST_F(KafkaOffsets, OneJobOfAPartitionIsInHandAtATime) {
  options["order"] = "partition";
  topics.create("default", 2);
  for (int i = 0; i < 4; ++i) {
    topics.put("default", {.payload = std::to_string(i), .headers = {}, .partition = i % 2});
  }
  auto pump = open();
  auto jobs = pump->take(4, std::chrono::seconds{1});
  ASSERT_EQ(jobs.size(), 2U);
  std::set<std::string> texts;
  for (const auto& job : jobs) texts.insert(job.payload);
  EXPECT_EQ(texts, (std::set<std::string>{"0", "1"}));
  for (const auto& job : jobs) pump->ack(job);
  texts.clear();
  for (const auto& job : pump->take(2)) texts.insert(job.payload);
  EXPECT_EQ(texts, (std::set<std::string>{"2", "3"}));
}

}  // namespace
}  // namespace narwhal::test
