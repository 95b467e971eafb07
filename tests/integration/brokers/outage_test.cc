// The broker is killed, stopped, slowed down or cut off while jobs run: the daemon goes on, with
// the same workers, and no job is lost.
#include <fmt/format.h>

#include "integration/brokers/broker_test.h"
#include "tests/support/trickling_proxy.h"

namespace narwhal::test {
namespace {

constexpr int kWorkers = 4;

class OutageTest : public BrokerTest {
 protected:
  // One crash too many, of a job that has done nothing, and it would be dead.
  OutageTest() {
    config.set("workers", kWorkers).set("retry.crash_limit", 1);
    host->name_master(config);
  }

  // All workers, once they are ready.
  Daemon& start_crew() {
    Daemon& daemon = start();
    EXPECT_TRUE(daemon.workers_ready(kWorkers)) << daemon.log();
    crew_ = daemon.worker_pids();
    return daemon;
  }
  void expect_same_crew(Daemon& daemon) {
    EXPECT_EQ(daemon.worker_pids(), crew_);
    EXPECT_EQ(daemon.log_count("worker ready"), kWorkers);
    EXPECT_EQ(daemon.log_count("job crashed"), 0);
  }
  // Each job has run; a second time only as many as `outages` can have cut off.
  void expect_all_done(Daemon& daemon, int jobs, int outages) {
    ASSERT_TRUE(all_marked(jobs, "end")) << daemon.log();
    ASSERT_TRUE(queue_empties()) << daemon.log();
    const Marks runs = marks();
    EXPECT_EQ(runs.total("start"), runs.total("end"));
    EXPECT_LE(runs.total("end") - jobs, outages * most_repeated());
    EXPECT_TRUE(queue.dead().empty());
  }
  // In one outage: of each worker the job it runs, and those sent ahead or just ended.
  [[nodiscard]] int most_repeated() const {
    return host->reservations_outlive_sessions() ? 0 : kWorkers * kMostInHand;
  }
  // It still takes jobs.
  void expect_service(Daemon& daemon) {
    const std::string job = enqueue_marker(marker());
    EXPECT_TRUE(marked(job, "end")) << daemon.log();
    EXPECT_TRUE(queue_empties());
  }
  bool ended(int jobs) {
    return eventually([&] { return marks().total("end") >= jobs; });
  }

  std::vector<pid_t> crew_;
};
NARWHAL_ON_BROKER(OutageTest);

TEST_P(OutageTest, BrokerIsKilledAndRestartedUnderLoad) {
  constexpr int kKills = 5;
  queue.add_many(kKills * 200, "Marker", marker(5));
  Daemon& daemon = start_crew();
  for (int kill = 1; kill <= kKills; ++kill) {
    ASSERT_TRUE(ended(kill * 150)) << daemon.log();
    server().kill();
    ASSERT_TRUE(daemon.logs("broker lost", kill)) << daemon.log();
    server().start();
    ASSERT_TRUE(daemon.logs("broker serving again", kill)) << daemon.log();
  }
  expect_all_done(daemon, kKills * 200, kKills);
  expect_same_crew(daemon);
}

TEST_P(OutageTest, JobsThatEndWhileTheBrokerIsAwayAreNotForgotten) {
  queue.add_many(kWorkers * 3, "Marker", marker(300));
  Daemon& daemon = start_crew();
  ASSERT_TRUE(all_marked(kWorkers, "start"));
  server().kill();
  ASSERT_TRUE(ended(kWorkers)) << daemon.log();
  server().start();
  expect_all_done(daemon, kWorkers * 3, 1);
  expect_same_crew(daemon);
}

TEST_P(OutageTest, BrokerStopsForAMomentAndGoesOn) {
  queue.add_many(400, "Marker", marker(5));
  Daemon& daemon = start_crew();
  ASSERT_TRUE(ended(100));
  server().pause();
  EXPECT_TRUE(stays([&] { return daemon.running(); }, 1s));
  server().resume();
  expect_all_done(daemon, 400, 0);
  expect_same_crew(daemon);
  EXPECT_EQ(daemon.log_count("broker lost"), 0);
}

TEST_P(OutageTest, BrokerStopsForSoLongThatItIsGivenUp) {
  host->shorten_lease(config);
  write_config();
  for (int i = 0; i < 40; ++i) enqueue_marker(marker(50));
  Daemon& daemon = start_crew();
  ASSERT_TRUE(ended(10));
  server().pause();
  ASSERT_TRUE(daemon.logs("broker lost")) << daemon.log();
  ASSERT_TRUE(daemon.logs("broker unreachable")) << daemon.log();
  server().resume();
  ASSERT_TRUE(daemon.logs("broker serving again")) << daemon.log();
  expect_all_done(daemon, 40, 1);
  expect_same_crew(daemon);
  expect_service(daemon);
}

TEST_P(OutageTest, IdleDaemonFindsTheBrokerAgain) {
  Daemon& daemon = start_crew();
  expect_service(daemon);
  for (int kill = 1; kill <= 3; ++kill) {
    server().kill();
    ASSERT_TRUE(daemon.logs("broker lost", kill)) << daemon.log();
    server().start();
    expect_service(daemon);
  }
  expect_same_crew(daemon);
}

TEST_P(OutageTest, EveryAnswerArrivesInFragments) {
  const TricklingProxy proxy(host->socket(), 7);
  config.text("broker.url", host->url_at(proxy.path()));
  queue.add_many(500, "Marker", marker());
  Daemon& daemon = start_crew();
  expect_all_done(daemon, 500, 0);
  expect_same_crew(daemon);
  EXPECT_EQ(daemon.log_count("broker lost"), 0);
}

TEST_P(OutageTest, BrokerIsSlow) {
  const TricklingProxy proxy(host->socket(), 30, 1ms);
  config.text("broker.url", host->url_at(proxy.path()));
  queue.add_many(50, "Marker", marker(5));
  Daemon& daemon = start_crew();
  expect_all_done(daemon, 50, 0);
  expect_same_crew(daemon);
  EXPECT_EQ(daemon.log_count("broker lost"), 0);
}

// As when a router between the two forgets them: nobody is told, and nothing arrives any more.
TEST_P(OutageTest, LinesGoDeadWithoutAWord) {
  TricklingProxy proxy(host->socket(), 4096);
  host->shorten_lease(config);
  config.text("broker.url", host->url_at(proxy.path()));
  write_config();
  for (int i = 0; i < kWorkers; ++i) enqueue_marker(marker(200));
  Daemon& daemon = start_crew();
  ASSERT_TRUE(all_marked(kWorkers, "start"));
  proxy.deaden_lines();
  ASSERT_TRUE(ended(kWorkers));
  expect_all_done(daemon, kWorkers, 1);
  expect_service(daemon);
  // Once more, with an idle daemon.
  proxy.deaden_lines();
  expect_service(daemon);
  expect_same_crew(daemon);
}

TEST_P(OutageTest, TermIsObeyedWhileTheBrokerIsStopped) {
  // The reserve of a connection that is gone may count as a crash; see adapters/beanstalkd.
  config.text("stop.stop_timeout", "2s").set("retry.crash_limit", 3);
  const auto jobs = queue.add_many(kWorkers, "Marker", marker(60'000));
  Daemon& daemon = start_crew();
  ASSERT_TRUE(all_marked(kWorkers, "start"));
  server().pause();
  EXPECT_EQ(daemon.end(SIGTERM), 0) << daemon.log();
  EXPECT_TRUE(processes_in(directory.path()).empty());
  server().resume();

  Daemon& next = start();
  for (const std::string& job : jobs) EXPECT_TRUE(marked(job, "start", 2)) << next.log();
  EXPECT_EQ(next.end(SIGTERM), 0);
  EXPECT_EQ(queue.live(), kWorkers);
}

TEST_P(OutageTest, DrainFinishesWhenTheBrokerComesBack) {
  queue.add_many(kWorkers, "Marker", marker(500));
  Daemon& daemon = start_crew();
  ASSERT_TRUE(all_marked(kWorkers, "start"));
  server().pause();
  daemon.signal(SIGQUIT);
  ASSERT_TRUE(ended(kWorkers));
  server().resume();
  EXPECT_EQ(daemon.exit_code(), 0) << daemon.log();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(marks().total("start"), kWorkers);
}

}  // namespace
}  // namespace narwhal::test
