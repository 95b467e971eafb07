#include "master/broker_link.h"

#include <gtest/gtest.h>

namespace narwhal {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A broker that does what the test says and counts what it was asked.
class FakeBroker final : public Broker {
 public:
  Result<void> connect(TimePoint) override {
    ++connects;
    return connect_result;
  }
  void disconnect() override { ++disconnects; }
  [[nodiscard]] bool serving() const override { return is_serving; }
  void watch(PollSet&) const override {}
  [[nodiscard]] TimePoint wake_at() const override { return kNever; }
  Result<void> step(const PollSet&, TimePoint, int, BrokerEvents& events) override {
    if (depths_asked > depths_answered) {
      ++depths_answered;
      events.depths.push_back(depth);
    }
    if (deliver) events.deliveries.emplace_back();
    return step_result;
  }
  Result<void> flush(TimePoint, int) override { return {}; }
  void settle(Delivery, Verdict) override {}
  void publish(PublishToken, NewJob) override {}
  [[nodiscard]] std::size_t unconfirmed() const override { return 0; }
  void set_fetching(bool) override {}
  void set_capacity(int) override {}
  void request_depths() override { ++depths_asked; }
  void wall_clock_changed() override {}

  Result<void> connect_result;
  Result<void> step_result;
  QueueDepth depth;
  bool is_serving = true;
  bool deliver = false;
  int connects = 0;
  int disconnects = 0;
  int depths_asked = 0;
  int depths_answered = 0;
};

const Error kAway{ErrorKind::unavailable, "unable to reach the broker", "connection refused"};

class BrokerLinkTest : public ::testing::Test {
 protected:
  BrokerLinkTest() {
    auto owned = std::make_unique<FakeBroker>();
    broker_ = owned.get();
    link_ = std::make_unique<BrokerLink>(std::move(owned), "fake", seconds{30}, log_, random_);
  }

  void step(int want = 1) {
    BrokerEvents events;
    link_->step(PollSet{}, now_, want, events);
  }
  void pass(Duration time) { now_ += time; }

  Log log_{{LogConfig::Level::error, LogConfig::Format::text}, Log::Writes::at_once};
  Random random_{1};
  FakeBroker* broker_ = nullptr;
  std::unique_ptr<BrokerLink> link_;
  TimePoint now_{seconds{1000}};
};

TEST_F(BrokerLinkTest, ConnectsOnTheFirstStep) {
  EXPECT_FALSE(link_->serving());
  step();
  EXPECT_TRUE(link_->serving());
  EXPECT_EQ(broker_->connects, 1);
}

TEST_F(BrokerLinkTest, ALostSessionIsOpenedAgainAfterAGrowingDelay) {
  step();
  broker_->step_result = kAway;
  step();
  EXPECT_FALSE(link_->serving());
  EXPECT_EQ(broker_->disconnects, 1);
  const Duration first = link_->wake_at() - now_;
  EXPECT_GE(first, milliseconds{70});
  EXPECT_LE(first, milliseconds{130});
  step();
  EXPECT_EQ(broker_->connects, 1) << "not before its time";
  broker_->connect_result = kAway;
  for (int i = 0; i < 20; ++i) {
    pass(link_->wake_at() - now_);
    step();
  }
  const Duration last = link_->wake_at() - now_;
  EXPECT_GE(last, seconds{7});
  EXPECT_LE(last, seconds{13});
}

TEST_F(BrokerLinkTest, OnlyAUsefulExchangeResetsTheDelay) {
  broker_->step_result = kAway;  // accepts, and hangs up
  for (int i = 0; i < 10; ++i) {
    pass(std::max(link_->wake_at() - now_, Duration{0}));
    step();
  }
  EXPECT_GE(link_->wake_at() - now_, seconds{5});
  broker_->step_result = {};
  broker_->deliver = true;
  pass(link_->wake_at() - now_);
  step();
  broker_->step_result = kAway;
  broker_->deliver = false;
  step();
  EXPECT_LE(link_->wake_at() - now_, milliseconds{130});
}

TEST_F(BrokerLinkTest, ASilentSessionWithABacklogIsRebuilt) {
  broker_->depth.ready = 5;
  broker_->depth.oldest_ready_age = seconds{60};
  step();
  pass(seconds{31});
  step();  // asks
  EXPECT_EQ(broker_->depths_asked, 1);
  step();  // learns
  EXPECT_EQ(broker_->disconnects, 1);
  pass(seconds{1});
  step();
  EXPECT_EQ(broker_->connects, 2);
}

TEST_F(BrokerLinkTest, ASilentSessionWithoutABacklogIsLeftAlone) {
  step();
  pass(seconds{31});
  step();
  step();
  EXPECT_EQ(broker_->depths_asked, 1);
  EXPECT_EQ(broker_->disconnects, 0);
}

TEST_F(BrokerLinkTest, ABacklogThatOnlyJustCameIsNoReason) {
  broker_->depth.ready = 5;
  broker_->depth.oldest_ready_age = seconds{1};
  step();
  pass(seconds{31});
  step();
  step();
  EXPECT_EQ(broker_->disconnects, 0);
}

TEST_F(BrokerLinkTest, NobodyIsBlamedWhileNothingIsWanted) {
  broker_->depth.ready = 5;
  broker_->depth.oldest_ready_age = seconds{600};
  step();
  for (int i = 0; i < 10; ++i) {
    pass(seconds{31});
    step(/*want=*/0);
  }
  EXPECT_EQ(broker_->depths_asked, 0);
  EXPECT_EQ(broker_->disconnects, 0);
}

}  // namespace
}  // namespace narwhal
