// What is special to beanstalkd, on real servers.
#include <signal.h>
#include <sys/socket.h>

#include <map>
#include <set>

#include "master.h"
#include "tests/support/beanstalkd_server.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Beanstalkd : public testing::Test {
 protected:
  BeanstalkdServer server_{BeanstalkdServer::Log::kept};
  Settings settings_{.url = server_.url()};
};

}  // namespace

// --- time to run

TEST_F(Beanstalkd, AJobIsTouchedForAsLongAsItRuns) {
  for (const unsigned ttr : {1U, 2U}) {
    server_.put("default", "long", 1024, 0, ttr);
    auto busy = open_master(settings_);
    const Delivery job = busy->take_one();
    auto idle = open_master(settings_);
    const SystemClock clock;
    const TimePoint end = clock.now() + seconds{2 * ttr + 1};
    while (clock.now() < end) {
      busy->turn(0, milliseconds{20});
      idle->turn(1, milliseconds{20});
    }
    EXPECT_TRUE(idle->deliveries.empty());
    busy->ack(job);
    EXPECT_TRUE(busy->lost.empty());
  }
}

TEST_F(Beanstalkd, AJobDeletedByHandIsReportedLostOnceAndTheWorkGoesOn) {
  server_.put("default", "victim");
  auto pump = open_master(settings_);
  const Delivery job = pump->take_one();
  // Only its own connection may delete it, so the server is told to forget everything.
  server_.kill();
  server_.start();
  ASSERT_TRUE(pump->until(0, [&] { return !pump->lost.empty(); }));
  pump->settle(job, Verdict{});
  EXPECT_EQ(pump->lost.size(), 1U);
  EXPECT_EQ(pump->take_one().payload, "victim");
}

TEST_F(Beanstalkd, AFailureReportedAfterItsTimeToRunStoresNoCopy) {
  enqueue(settings_, "slow");
  auto stopped = open_master(settings_);
  const Delivery first = stopped->take_one();
  auto other = open_master(settings_);
  const Delivery second = other->take_one();
  stopped->settle(first, failed(first));
  ASSERT_TRUE(stopped->until(0, [&] { return !stopped->lost.empty(); }));
  other->ack(second);
  EXPECT_EQ(server_.number("stats-tube default", "current-jobs-ready"), 0);
  EXPECT_EQ(server_.number("stats", "current-jobs-delayed"), 0);
}

TEST_F(Beanstalkd, NoMoreConnectionsReserveThanJobsAreWanted) {
  auto pump = open_master(settings_);
  for (const int want : {1, 3, 4}) {
    pump->run_for(want, milliseconds{100});
    EXPECT_EQ(server_.number("stats", "current-waiting"), want);
  }
}

TEST_F(Beanstalkd, AnIdleMasterSaysNothing) {
  settings_.queues = {{"a", 3}, {"b", 2}, {"c", 1}};
  auto pump = open_master(settings_);
  pump->run_for(4, milliseconds{200});
  const long before = server_.number("stats", "cmd-reserve-with-timeout");
  pump->run_for(4, seconds{1});
  EXPECT_EQ(server_.number("stats", "cmd-reserve-with-timeout"), before);
}

// --- counters

TEST_F(Beanstalkd, APoisonJobThatKillsWorkersAndMastersDies) {
  enqueue(settings_, "poison");
  std::uint32_t crashes = 0;
  for (int round = 0; round < 3; ++round) {
    auto pump = open_master(settings_);
    const Delivery worker_dies = pump->take_one();
    EXPECT_EQ(worker_dies.counters.crashes, crashes++);
    pump->settle(worker_dies, crashed(worker_dies));
    const Delivery master_dies = pump->take_one();
    EXPECT_EQ(master_dies.counters.crashes, crashes++);
    pump->kill();
  }
  EXPECT_EQ(open_master(settings_)->take_one().counters, (Counters{.crashes = 6}));
}

TEST_F(Beanstalkd, CrashesAreCountedAcrossRestartsOfTheServer) {
  server_.put("default", "poison");
  for (std::uint32_t crashes = 0; crashes < 4; ++crashes) {
    auto pump = open_master(settings_);
    EXPECT_EQ(pump->take_one().counters.crashes, crashes);
    pump->kill();
    // The server forgets its own counts with this, so ours must be in the job by now.
    auto heir = open_master(settings_);
    const Delivery job = heir->take_one();
    EXPECT_EQ(job.counters.crashes, crashes + 1);
    heir->settle(job, verdict(Verdict::Action::release));
    heir->kill();
    server_.kill();
    server_.start();
  }
}

TEST_F(Beanstalkd, AnOrphanRunsBeforeTheJobsThatWereBehindIt) {
  for (const char* payload : {"first", "second", "third"}) enqueue(settings_, payload);
  auto victim = open_master(settings_);
  EXPECT_EQ(victim->take_one().payload, "first");
  victim->kill();
  auto heir = open_master(settings_);
  const Delivery orphan = heir->take_one();
  EXPECT_EQ(orphan.payload, "first");
  EXPECT_EQ(orphan.priority, 0);
  EXPECT_EQ(heir->take_one().payload, "second");
}

TEST_F(Beanstalkd, GivingBackCountsNothingHoweverOften) {
  const std::string id = enqueue(settings_, "patient");
  for (int i = 0; i < 5; ++i) {
    auto pump = open_master(settings_);
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.id, id);
    EXPECT_EQ(job.counters, Counters{});
    pump->settle(job, verdict(Verdict::Action::release));
  }
}

TEST_F(Beanstalkd, ALostConnectionOfALiveMasterIsNoCrash) {
  server_.put("default", "long");
  auto pump = open_master(settings_);
  const Delivery job = pump->take_one();
  pump->broker().disconnect();
  ASSERT_TRUE(pump->broker().connect(SystemClock{}.now()).ok());
  const Delivery again = pump->take_one();
  EXPECT_EQ(again.id, job.id);
  EXPECT_EQ(again.counters.crashes, 0U);
}

TEST_F(Beanstalkd, AJobOfManyIsCountedThoughNotEveryOneIsAskedAbout) {
  // More than may be asked about at once, so that the rest is handed out as it comes.
  constexpr std::size_t kJobs = 3000;
  settings_.capacity = 8;
  auto producer = beanstalkd_broker_type().open_producer(settings_.config());
  ASSERT_TRUE(producer.ok());
  std::vector<NewJob> jobs(kJobs);
  ASSERT_TRUE((*producer)->enqueue_all(jobs).ok());
  auto pump = open_master(settings_);
  for (std::size_t i = 0; i + 8 < kJobs; i += 8) {
    for (const Delivery& job : pump->take(8)) {
      EXPECT_EQ(job.counters, Counters{});
      pump->broker().settle(job, Verdict{});
    }
  }
  ASSERT_TRUE(pump->confirm());
  const Delivery last = pump->take_one();
  pump->settle(last, failed(last));
  EXPECT_EQ(pump->take(8).size(), 8U);
}

// --- foreign jobs

TEST_F(Beanstalkd, AForeignJobKeepsItsPriorityTubeAndTimeToRun) {
  settings_.queues = {{"a", 0}, {"b", 0}};
  server_.put("b", "foreign", 7, 0, 77);
  auto pump = open_master(settings_);
  const Delivery job = pump->take_one();
  EXPECT_EQ(job.queue, "b");
  EXPECT_EQ(job.priority, INT32_MIN + 7);
  pump->settle(job, verdict(Verdict::Action::release));
  EXPECT_EQ(server_.number("stats-job 1", "pri"), 7);
  const Delivery again = pump->take_one();
  EXPECT_EQ(again.id, job.id);
  pump->settle(again, failed(again));
  EXPECT_EQ(server_.number("stats-job 2", "pri"), 7);
  EXPECT_EQ(server_.number("stats-job 2", "ttr"), 77);
  EXPECT_EQ(pump->take_one().id, job.id);
}

TEST_F(Beanstalkd, BodiesOfEverySizeComeWhole) {
  auto pump = open_master(settings_);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{4095}, std::size_t{4096}, std::size_t{4097},
        std::size_t{8191}, std::size_t{8192}, std::size_t{8193}, std::size_t{65533},
        std::size_t{65534}, std::size_t{65535}}) {
    std::string body;
    while (body.size() < size) body += std::string("OK 5\r\n\0DELETED\r\n", 16);
    body.resize(size);
    server_.put("default", body);
    const Delivery job = pump->take_one();
    EXPECT_TRUE(job.payload == body) << size;
    pump->ack(job);
  }
}

// The envelope does not fit beside it, so the server's own counts have to do.
TEST_F(Beanstalkd, AForeignJobOfTheLargestSizeIsRetriedCountedAndBuried) {
  const std::string body(65535, 'x');
  server_.put("default", body);
  auto pump = open_master(settings_);
  for (std::uint32_t attempts = 0; attempts < 3; ++attempts) {
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.counters.attempts, attempts);
    EXPECT_TRUE(job.payload == body);
    pump->settle(job, failed(job));
  }
  pump->settle(pump->take_one(), verdict(Verdict::Action::bury));
  const auto letters = dead_letters(settings_);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_TRUE(letters[0].payload == body);
  auto dead = beanstalkd_broker_type().open_dead_letters(settings_.config());
  EXPECT_EQ(*(*dead)->retry({letters[0].id}), 1U);
  EXPECT_TRUE(pump->take_one().payload == body);
}

TEST_F(Beanstalkd, AProducerKnowsTheServersLimitAsSoonAsItIsOpen) {
  BeanstalkdServer small{BeanstalkdServer::Log::none, {"-z", "5000"}};
  settings_.url = small.url();
  auto producer = beanstalkd_broker_type().open_producer(settings_.config());
  ASSERT_TRUE(producer.ok());
  const std::size_t most = (*producer)->server_max_payload();
  EXPECT_EQ(most, 5000U - 1024);
  NewJob job;
  job.payload = std::string(most, 'x');
  EXPECT_TRUE((*producer)->enqueue(job).ok());
  job.payload += 'x';
  EXPECT_EQ((*producer)->enqueue(job).error().kind, ErrorKind::too_large);
}

TEST_F(Beanstalkd, AJobFarOverMaxPayloadIsBuriedWhereItIsAndNeverStored) {
  BeanstalkdServer roomy{BeanstalkdServer::Log::none, {"-z", "5000000"}};
  settings_.url = roomy.url();
  settings_.max_payload = 1000;
  roomy.put("default", std::string(4'000'000, 'x'), 0);
  enqueue(settings_, "healthy");
  auto pump = open_master(settings_);
  EXPECT_EQ(pump->take_one().payload, "healthy");
  EXPECT_EQ(roomy.number("stats-tube default", "current-jobs-buried"), 1);
  ASSERT_EQ(pump->notices.size(), 1U);
  EXPECT_NE(pump->notices[0].find("4000000 bytes"), std::string::npos);
}

TEST_F(Beanstalkd, ADamagedEnvelopeBecomesADeadLetterWithItsBytes) {
  const std::string body("\0narwhal1 \xff\x00garbage", 20);
  server_.put("default", body, 0);
  enqueue(settings_, "healthy");
  auto pump = open_master(settings_);
  EXPECT_EQ(pump->take_one().payload, "healthy");
  ASSERT_TRUE(pump->confirm());
  const auto letters = dead_letters(settings_);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].payload, body);
  EXPECT_NE(letters[0].reason.find("damaged"), std::string::npos);
}

// --- limits and refusals

TEST_F(Beanstalkd, APayloadOverTheServersLimitIsRefusedWithBothNumbers) {
  NewJob job;
  job.payload.assign(65535, 'x');
  const auto refused = enqueue(settings_, job);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::too_large);
  EXPECT_NE(refused.error().text().find("65535"), std::string::npos);
  EXPECT_NE(refused.error().text().find("64511"), std::string::npos);
  auto pump = open_master(settings_);
  EXPECT_EQ(pump->publish(job).error().kind, ErrorKind::too_large);
  job.payload.resize(64511);
  EXPECT_TRUE(enqueue(settings_, job).ok());
  EXPECT_TRUE(pump->take_one().payload == job.payload);
}

TEST_F(Beanstalkd, ANameOfAQueueCannotCarryACommand) {
  NewJob job;
  job.queue = "a\r\nput 0 0 1 0";
  EXPECT_EQ(enqueue(settings_, job).error().kind, ErrorKind::invalid);
  job.queue = "a:b";
  EXPECT_EQ(open_master(settings_)->publish(job).error().kind, ErrorKind::invalid);
  EXPECT_EQ(server_.number("stats", "cmd-put"), 0);
}

TEST_F(Beanstalkd, WhileTheServerDrainsFailuresAreHeldAndSuccessesGoThrough) {
  enqueue(settings_, "fails");
  enqueue(settings_, "succeeds");
  auto pump = open_master(settings_);
  auto jobs = pump->take(2);
  ASSERT_EQ(jobs.size(), 2U);
  server_.signal(SIGUSR1);
  NewJob job;
  EXPECT_EQ(enqueue(settings_, job).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(pump->publish(job).error().kind, ErrorKind::unavailable);
  pump->broker().settle(jobs[0], failed(jobs[0]));
  pump->broker().settle(jobs[1], Verdict{});
  ASSERT_TRUE(pump->until(0, [&] { return pump->broker().unconfirmed() == 1; }));
  // Longer than its time to run: it is still held.
  pump->run_for(0, seconds{3});
  EXPECT_EQ(pump->broker().unconfirmed(), 1U);
  EXPECT_TRUE(pump->lost.empty());
  EXPECT_EQ(pump->notices.size(), 1U) << "one notice, not one for each try";
  EXPECT_EQ(server_.number("stats-tube default", "current-jobs-reserved"), 1);
}

TEST_F(Beanstalkd, DeadLettersSurviveWhoeverLooksAtThemAndIsKilled) {
  enqueue(settings_, "dead");
  auto pump = open_master(settings_);
  pump->settle(pump->take_one(), verdict(Verdict::Action::bury));
  ASSERT_EQ(dead_letters(settings_).size(), 1U);
  ASSERT_EQ(dead_letters(settings_).size(), 1U);
  EXPECT_EQ(server_.number("stats-tube default.narwhal-dead", "current-jobs-ready"), 1);
  server_.kill();
  server_.start();
  const auto letters = dead_letters(settings_);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].payload, "dead");
  EXPECT_EQ(letters[0].reason, "a reason");
}

// --- order

TEST_F(Beanstalkd, AnIdleMasterTakesAForeignJobOfALowQueueUnderItsOwnName) {
  settings_.queues = {{"high", 0}, {"low", 0}};
  auto pump = open_master(settings_);
  pump->run_for(1, milliseconds{100});
  server_.put("low", "for low");
  EXPECT_EQ(pump->take_one().queue, "low");
}

TEST_F(Beanstalkd, AStarvedQueueIsServedWhenTheUrgentOneIsEmpty) {
  settings_.queues = {{"high", 0}, {"low", 0}};
  for (int i = 0; i < 10; ++i) server_.put("low", "low", 0);
  for (int i = 0; i < 10; ++i) server_.put("high", "high", 4294967295U);
  auto pump = open_master(settings_);
  for (int i = 0; i < 20; ++i) {
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.payload, i < 10 ? "high" : "low");
    EXPECT_EQ(job.queue, job.payload);
    pump->ack(job);
  }
}

// --- sessions

TEST_F(Beanstalkd, EveryNewSessionWatchesItsTubesAndNoOthers) {
  settings_.queues = {{"one", 0}, {"two", 0}};
  server_.put("default", "bait");
  auto pump = open_master(settings_);
  for (int i = 0; i < 3; ++i) {
    server_.kill();
    server_.start();
    ASSERT_TRUE(pump->until(1, [&] { return pump->broker().serving(); }));
    server_.put("two", "for two");
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.payload, "for two");
    pump->ack(job);
  }
  EXPECT_EQ(server_.number("stats-tube default", "current-jobs-ready"), 1);
}

TEST_F(Beanstalkd, AServerThatForgotItsJobsBeginsAnewWithItsIds) {
  BeanstalkdServer forgetful;
  settings_.url = forgetful.url();
  auto pump = open_master(settings_);
  for (int i = 0; i < 20; ++i) enqueue(settings_, "before");
  for (int i = 0; i < 20; ++i) pump->ack(pump->take_one());
  forgetful.kill();
  forgetful.start();
  ASSERT_TRUE(pump->until(0, [&] { return pump->broker().serving(); }));
  enqueue(settings_, "after");
  const Delivery job = pump->take_one();
  EXPECT_EQ(job.payload, "after");
  EXPECT_EQ(job.counters, Counters{});
}

TEST_F(Beanstalkd, AStoppedServerHoldsUpNobodyAndIsGivenUpAfterAWhile) {
  enqueue(settings_, "in hand");
  auto pump = open_master(settings_);
  const Delivery job = pump->take_one();
  server_.signal(SIGSTOP);
  pump->broker().settle(job, failed(job));
  pump->broker().publish(1, NewJob{});
  // Turns go on all the while: this returns only because each of them does.
  const bool given_up = pump->until(4, [&] { return !pump->errors.empty(); });
  server_.signal(SIGCONT);
  EXPECT_TRUE(given_up);
  ASSERT_TRUE(pump->until(0, [&] { return !pump->published.empty(); }));
  EXPECT_FALSE(pump->published.front().result.ok());
  EXPECT_EQ(pump->lost.size(), 1U);
  std::set<std::string> got;
  EXPECT_TRUE(pump->until(1, [&] {
    for (const auto& each : pump->deliveries) got.insert(each.payload);
    return got.count("in hand") == 1;
  }));
}

TEST_F(Beanstalkd, OneBrokenConnectionTakesOnlyItsOwnJob) {
  enqueue(settings_, "one");
  enqueue(settings_, "two");
  auto pump = open_master(settings_);
  auto jobs = pump->take(2);
  ASSERT_EQ(jobs.size(), 2U);
  PollSet watched;
  pump->broker().watch(watched);
  // The connections are those opened last; the higher descriptor has the second job.
  int highest = 0;
  for (int fd = 0; fd < FD_SETSIZE; ++fd) {
    if (watched.readable(fd)) highest = fd;
  }
  ::shutdown(highest, SHUT_RDWR);
  ASSERT_TRUE(pump->until(0, [&] { return !pump->lost.empty(); }));
  EXPECT_TRUE(pump->errors.empty());
  EXPECT_EQ(pump->lost.front().reservation, jobs[1].reservation);
  pump->ack(jobs[0]);
  EXPECT_EQ(pump->take_one().payload, "two");
}

TEST_F(Beanstalkd, ConnectionsFollowTheCapacity) {
  for (int i = 0; i < 4; ++i) enqueue(settings_, "job");
  auto pump = open_master(settings_);
  auto jobs = pump->take(4);
  ASSERT_EQ(jobs.size(), 4U);
  pump->broker().set_capacity(2);
  for (auto& job : jobs) pump->ack(std::move(job));
  // The desk, two slots, and the one that asks.
  EXPECT_TRUE(pump->until(0, [&] { return server_.number("stats", "current-connections") == 4; }));
}

TEST_F(Beanstalkd, MoreWorkersThanSelectHasRoomForAreRefusedAtStart) {
  settings_.capacity = 500;
  EXPECT_THROW(start_master(settings_), std::runtime_error);
  settings_.capacity = 475;
  EXPECT_NO_THROW(start_master(settings_));
}

TEST_F(Beanstalkd, NoJobIsLostWhileTheServerIsKilledAgainAndAgain) {
  constexpr std::size_t kJobs = 600;
  std::vector<NewJob> jobs(kJobs);
  for (std::size_t i = 0; i < kJobs; ++i) jobs[i].payload = std::to_string(i);
  auto producer = beanstalkd_broker_type().open_producer(settings_.config());
  ASSERT_TRUE(producer.ok());
  ASSERT_TRUE((*producer)->enqueue_all(jobs).ok());
  auto one = open_master(settings_);
  auto two = open_master(settings_);
  std::map<std::string, int> runs;
  std::size_t in_flight_at_kills = 0;
  std::size_t turns = 0;
  const auto work = [&](Pump& pump) {
    pump.turn(4, milliseconds{5});
    while (!pump.deliveries.empty()) {
      Delivery job = std::move(pump.deliveries.front());
      pump.deliveries.pop_front();
      ++runs[job.payload];
      // Some fail once, so that copies are being made when the server goes.
      const bool fails = job.counters.attempts == 0 && job.payload.back() == '7';
      pump.broker().settle(job, fails ? failed(job) : Verdict{});
    }
  };
  const SystemClock clock;
  const TimePoint deadline = clock.now() + Pump::kPatience;
  const auto left = [&] {
    return server_.number("stats", "current-jobs-ready") +
           server_.number("stats", "current-jobs-reserved") +
           server_.number("stats", "current-jobs-delayed");
  };
  while ((runs.size() < kJobs || left() > 0) && clock.now() < deadline) {
    work(*one);
    work(*two);
    if (++turns % 20 != 0 || turns > 200) continue;
    // What is not confirmed may or may not have been carried out.
    in_flight_at_kills += one->broker().unconfirmed() + two->broker().unconfirmed() + 8;
    server_.kill();
    server_.start();
  }
  EXPECT_EQ(runs.size(), kJobs);
  std::size_t repeats = 0;
  for (const auto& [payload, count] : runs) {
    repeats += static_cast<std::size_t>(count - (payload.back() == '7' ? 2 : 1));
  }
  EXPECT_LE(repeats, in_flight_at_kills);
  EXPECT_EQ(left(), 0);
}

TEST_F(Beanstalkd, AJobThatComesWhileFetchingIsStoppedCanBeGivenBack) {
  auto pump = open_master(settings_);
  pump->run_for(1, milliseconds{100});
  pump->broker().set_fetching(false);
  server_.put("default", "late");
  ASSERT_TRUE(pump->until(1, [&] { return !pump->deliveries.empty(); }));
  pump->settle(pump->deliveries.front(), verdict(Verdict::Action::release));
  pump->deliveries.clear();
  pump->run_for(1, milliseconds{200});
  EXPECT_TRUE(pump->deliveries.empty());
  EXPECT_EQ(server_.number("stats-tube default", "current-jobs-ready"), 1);
}

TEST_F(Beanstalkd, AHostNameIsLookedUpAndAWrongOneIsAFailedTry) {
  settings_.url = "beanstalk://localhost:1";
  auto refused = start_master(settings_);
  EXPECT_TRUE(refused->until(1, [&] { return !refused->errors.empty(); }));
  settings_.url = "beanstalk://no-such-host.invalid:1";
  auto unknown = start_master(settings_);
  ASSERT_TRUE(unknown->until(1, [&] { return !unknown->errors.empty(); }));
  EXPECT_NE(unknown->errors.front().find("no-such-host.invalid"), std::string::npos);
}

}  // namespace narwhal::test
