// Two brokers in one daemon: what becomes of one must not be felt by the other. Figures are in
// tests/bench/broker_stall.cc; here the jobs of the healthy one just go on, and so do signals.
#include <fmt/format.h>

#include <functional>

#include "integration/brokers/broker_test.h"
#include "support/daemon/job_queue.h"
#include "tests/support/trickling_proxy.h"

namespace narwhal::test {
namespace {

class StallTest : public BrokerTest {
 protected:
  StallTest() {
    host->shorten_lease(config);
    config.set("workers", 4).also("sqlite:jobs.db", R"(["local"])");
  }

  // With a backlog at the broker, so that there is always something under way.
  Daemon& start_loaded() {
    queue.add_many(5000, "Marker", marker(1));
    Daemon& daemon = start_ready();
    EXPECT_TRUE(eventually([&] { return marks().total("end") > 100; })) << daemon.log();
    return daemon;
  }
  // One job after the other, each enqueued when the one before has run, and a signal each time.
  void expect_local_service_until(Daemon& daemon, const std::function<bool()>& over) {
    for (int served = 0; served < 30 || !over(); ++served) {
      local_.add("Marker", fmt::format("[{},null]", in_quotes(file("local"))), "local");
      ASSERT_TRUE(eventually([&] { return Marks(file("local")).total("end") > served; }))
          << daemon.log();
      const int before = daemon.log_count("info broker ");
      daemon.signal(SIGUSR1);
      ASSERT_TRUE(daemon.logs("info broker ", before + 2)) << daemon.log();
    }
    EXPECT_EQ(daemon.log_count("worker died"), 0);
  }
  void expect_service_again() {
    const int before = marks().total("end");
    EXPECT_TRUE(eventually([&] { return marks().total("end") >= before + 100; }));
  }

  JobQueue local_{file("jobs.db")};
};
NARWHAL_ON_BROKER(StallTest);

TEST_P(StallTest, BrokerIsStopped) {
  Daemon& daemon = start_loaded();
  server().pause();
  expect_local_service_until(daemon, [&] { return daemon.log_count(" try=2 ") > 0; });
  server().resume();
  expect_service_again();
}

TEST_P(StallTest, BrokerIsGone) {
  Daemon& daemon = start_loaded();
  server().kill();
  expect_local_service_until(daemon, [&] { return daemon.log_count(" try=5 ") > 0; });
  server().start();
  expect_service_again();
}

TEST_P(StallTest, BrokerIsSlow) {
  const TricklingProxy proxy(host->socket(), 2 * host->slow_rate(), 2ms);
  config.text("broker.url", host->url_at(proxy.path()));
  Daemon& daemon = start_loaded();
  const int slow = marks().total("end");
  expect_local_service_until(daemon, [&] { return marks().total("end") > slow + 20; });
}

}  // namespace
}  // namespace narwhal::test
