// What goes wrong on the way to a server: cut lines, silence, slowness, refused logins; and queues
// that vanish or are not what they should be. Field cases P46, P48, P53.
#include <algorithm>

#include "rabbitmq_case.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Turns whose own time, waiting aside, is measured.
Duration longest_turn(Pump& pump, int want, Duration time) {
  SystemClock clock;
  Duration longest{0};
  const TimePoint end = clock.now() + time;
  while (clock.now() < end) {
    const TimePoint begin = clock.now();
    pump.turn(want, milliseconds{5});
    longest = std::max(longest, clock.now() - begin);
  }
  return longest;
}

class RabbitmqFaults : public RabbitmqCase {};

TEST_F(RabbitmqFaults, ASilentServerIsGivenUpAfterTwoHeartbeats) {
  lease = seconds{2};  // a heartbeat of one second
  enqueue("before");
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, "before");
  proxy.set_silent(true);
  ASSERT_TRUE(pump->until(1, [&] { return !pump->errors.empty(); }));
  EXPECT_EQ(mentions(pump->errors, "no heartbeat"), 1U) << pump->errors.front();
  // The job that was in hand.
  ASSERT_TRUE(pump->until(1, [&] { return !pump->lost.empty(); }));
  proxy.set_silent(false);
  const Delivery again = pump->take_one();
  EXPECT_EQ(again.payload, "before");
  EXPECT_EQ(again.counters, Counters{}) << "a lost connection is no crash";
}

TEST_F(RabbitmqFaults, NoTurnWaitsForASilentServer) {
  enqueue("job");
  auto pump = open();
  Delivery job = pump->take_one();
  proxy.set_silent(true);
  pump->broker().settle(std::move(job), retry_verdict(seconds{1}));
  EXPECT_LT(longest_turn(*pump, 1, seconds{1}), milliseconds{500});
  // Nor when it does not even greet.
  auto other = master();
  EXPECT_LT(longest_turn(*other, 1, seconds{1}), milliseconds{500});
  EXPECT_FALSE(other->broker().serving());
}

TEST_F(RabbitmqFaults, AJobRunningForSeveralHeartbeatsIsKept) {
  lease = seconds{1};
  enqueue("long");
  auto busy = open();
  const Delivery job = busy->take_one();
  busy->broker().set_fetching(false);  // as while draining
  busy->run_for(0, seconds{4});
  busy->ack(job);
  EXPECT_TRUE(busy->lost.empty());
  EXPECT_TRUE(busy->errors.empty());
}

TEST_F(RabbitmqFaults, ALargeMessageOnASlowLineKeepsNobodyWaiting) {
  auto pump = open();
  enqueue("small");
  Delivery small = pump->take_one();
  proxy.set_slow(20'000);  // per millisecond: the body takes half a second
  vhost.publish("default", std::string(std::size_t{10} << 20U, 'x'));
  EXPECT_LT(longest_turn(*pump, 1, milliseconds{200}), milliseconds{150});
  pump->ack(std::move(small));
  EXPECT_EQ(pump->take_one().payload.size(), std::size_t{10} << 20U);
}

TEST_F(RabbitmqFaults, AWrongPasswordIsRefusedWithoutShowingIt) {
  url = "amqp://guest:s3cret-word@127.0.0.1:" + std::to_string(proxy.port()) + "/" + vhost.name();
  auto pump = master();
  ASSERT_TRUE(pump->until(1, [&] { return !pump->errors.empty(); }));
  EXPECT_EQ(mentions(pump->errors, "ACCESS_REFUSED"), 1U) << pump->errors.front();
  EXPECT_EQ(mentions(pump->errors, "s3cret"), 0U);
  auto producer = rabbitmq_broker_type().open_producer(config());
  ASSERT_FALSE(producer.ok());
  EXPECT_EQ(producer.error().kind, ErrorKind::refused);
}

TEST_F(RabbitmqFaults, AMissingVirtualHostIsNamed) {
  url = "amqp://127.0.0.1:" + std::to_string(proxy.port()) + "/nowhere";
  auto pump = master();
  ASSERT_TRUE(pump->until(1, [&] { return !pump->errors.empty(); }));
  EXPECT_EQ(mentions(pump->errors, "nowhere"), 1U) << pump->errors.front();
}

TEST_F(RabbitmqFaults, TheNextHostOfAClusterIsTried) {
  url = "amqp://127.0.0.1:1,127.0.0.1:" + std::to_string(proxy.port()) + "/" + vhost.name();
  enqueue("found");
  auto pump = master();
  EXPECT_EQ(pump->take_one().payload, "found");
}

// --- queues

TEST_F(RabbitmqFaults, ADeletedQueueIsDeclaredAndConsumedAgain) {
  auto pump = open();
  pump->run_for(1, milliseconds{100});
  vhost.remove("default");
  ASSERT_TRUE(pump->until(1, [&] { return mentions(pump->notices, "deleted or moved") > 0; }));
  ASSERT_TRUE(pump->until(1, [&] { return vhost.queue("default").status == 200; }));
  enqueue("after");
  EXPECT_EQ(pump->take_one().payload, "after");
  EXPECT_TRUE(pump->errors.empty()) << "the session was lost for it";
}

TEST_F(RabbitmqFaults, ARetryFindsItsQueueDeletedAndStoresTheJobAllTheSame) {
  enqueue("stubborn");
  auto pump = open();
  Delivery job = pump->take_one();
  pump->settle(job, retry_verdict(milliseconds{100}));
  job = pump->take_one();
  // Declared in this session, and then deleted behind its back.
  vhost.remove("default.narwhal-delay.0");
  pump->settle(job, retry_verdict(milliseconds{100}));
  EXPECT_EQ(pump->take_one().payload, "stubborn");
}

TEST_F(RabbitmqFaults, AQueueThatIsOtherwiseDeclaredStopsAlone) {
  queues = {{"strange", 0}, {"default", 0}};
  vhost.declare("strange", R"({"durable":true,"arguments":{"x-message-ttl":60000}})");
  enqueue("fine");
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, "fine");
  pump->run_for(1, milliseconds{500});
  EXPECT_EQ(mentions(pump->notices, "x-message-ttl"), 1U) << "said once, and what is wrong";
  EXPECT_EQ(mentions(pump->notices, "strange"), 1U);
  EXPECT_TRUE(pump->errors.empty());
}

TEST_F(RabbitmqFaults, AQueueIsUsedAsItIsWhenAskedFor) {
  options = {{"declare", "passive"}};
  vhost.declare("default", R"({"durable":true,"arguments":{"x-message-ttl":60000}})");
  vhost.publish("default", "as it is");
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, "as it is");
}

TEST_F(RabbitmqFaults, APassiveQueueIsConsumedOnceItIsThere) {
  options = {{"declare", "passive"}};
  auto pump = open();
  ASSERT_TRUE(pump->until(1, [&] { return mentions(pump->notices, "no queue 'default'") > 0; }));
  vhost.declare("default", R"({"durable":true})");
  vhost.publish("default", "late");
  EXPECT_EQ(pump->take_one().payload, "late");
  auto refused = pump->publish({.queue = "elsewhere", .payload = "lost"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::not_found);
}

TEST_F(RabbitmqFaults, ADeclaredQueueMayHaveFurtherArguments) {
  options = {{"x-message-ttl", "60000"}, {"x-dead-letter-exchange", "amq.fanout"}};
  vhost.declare("default", R"({"durable":true,"arguments":
      {"x-message-ttl":60000,"x-dead-letter-exchange":"amq.fanout"}})");
  enqueue("agreed");
  EXPECT_EQ(open()->take_one().payload, "agreed");
}

}  // namespace
}  // namespace narwhal::test
