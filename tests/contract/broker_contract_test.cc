// The rules every adapter keeps (design: rules of delivery; include/narwhal/broker.h). One suite,
// run against each broker's real server through its BrokerFixture.
#include <algorithm>
#include <map>
#include <set>

#include "broker_contract.h"

namespace narwhal::test {
namespace {

constexpr Counters kFailedTwice{.attempts = 2, .crashes = 1, .postponed = 3};

Verdict retry(Duration delay = Duration{0}) {
  Verdict verdict;
  verdict.action = Verdict::Action::retry;
  verdict.counters = kFailedTwice;
  verdict.delay = delay;
  verdict.history = R"([{"error":"no luck"}])";
  return verdict;
}

Verdict release() {
  Verdict verdict;
  verdict.action = Verdict::Action::release;
  return verdict;
}

Verdict bury(const std::string& reason) {
  Verdict verdict;
  verdict.action = Verdict::Action::bury;
  verdict.counters = kFailedTwice;
  verdict.history = R"([{"error":"gave up"}])";
  verdict.reason = reason;
  return verdict;
}

std::string every_byte() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

std::vector<std::string> payloads(const std::vector<Delivery>& jobs) {
  std::vector<std::string> texts;
  for (const auto& job : jobs) texts.push_back(job.payload);
  return texts;
}

NewJob job_in(const std::string& queue, const std::string& payload) {
  NewJob job;
  job.queue = queue;
  job.payload = payload;
  return job;
}

}  // namespace

// --- reserving

TEST_P(BrokerContract, JobsComeInTheOrderInWhichTheyWereEnqueued) {
  enqueue_numbered(20);
  auto pump = open();
  const auto jobs = take_in_order(*pump, 20);
  ASSERT_EQ(jobs.size(), 20U);
  for (std::size_t i = 0; i < jobs.size(); ++i) EXPECT_EQ(jobs[i].payload, std::to_string(i));
}

TEST_P(BrokerContract, NoMoreJobsComeThanWanted) {
  enqueue_numbered(10);
  auto pump = open();
  EXPECT_EQ(pump->take(3).size(), 3U);
  pump->run_for(0, std::chrono::milliseconds{300});
  EXPECT_TRUE(pump->deliveries.empty());
  EXPECT_EQ(pump->take(7).size(), 7U);
}

TEST_P(BrokerContract, ADeliveryCarriesWhatTheProducerGave) {
  NewJob job;
  job.id = "my-own-id";
  job.payload = "work";
  job.priority = fixture->type().capabilities.priority ? 7 : 0;
  const WallTime before = clock.wall_now();
  EXPECT_EQ(enqueue(job), "my-own-id");
  auto pump = open();
  const Delivery got = pump->take_one();
  EXPECT_EQ(got.id, "my-own-id");
  EXPECT_EQ(got.queue, "default");
  EXPECT_EQ(got.payload, "work");
  EXPECT_EQ(got.priority, job.priority);
  EXPECT_EQ(got.counters, Counters{});
  EXPECT_EQ(got.history, "");
  EXPECT_NE(got.reservation, 0U);
  EXPECT_GE(got.enqueued_at, before);
  EXPECT_LE(got.enqueued_at, clock.wall_now());
}

TEST_P(BrokerContract, PayloadsComeBackByteForByte) {
  const std::vector<std::string> wanted = {every_byte(), "", std::string(1, '\0'),
                                           std::string(std::size_t{10} * 1024 * 1024, '\xfe'),
                                           "[] 9007199254740993 \xc3\x28"};
  for (const auto& payload : wanted) enqueue(payload);
  // One after the other: a large one may be overtaken where jobs come over several connections.
  auto pump = open();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_TRUE(pump->take_one().payload == wanted[i]) << "payload " << i;
  }
}

TEST_P(BrokerContract, AnIdleMasterIsWokenByANewJob) {
  auto pump = open();
  pump->run_for(1, std::chrono::milliseconds{50});
  for (int i = 0; i < 5; ++i) {
    enqueue("wake up");
    const Delivery job = pump->take_one();
    EXPECT_EQ(job.payload, "wake up");
    pump->ack(job);
  }
}

TEST_P(BrokerContract, EqualIdsAndPayloadsAreSeparateJobs) {
  NewJob job;
  job.id = "twin";
  job.payload = "same";
  enqueue(job);
  enqueue(job);
  auto pump = open();
  const auto twins = pump->take(2);
  ASSERT_EQ(twins.size(), 2U);
  for (const auto& twin : twins) pump->ack(twin);
}

TEST_P(BrokerContract, NothingIsFetchedWhileFetchingIsStopped) {
  auto pump = open();
  pump->broker().set_fetching(false);
  pump->run_for(5, std::chrono::milliseconds{50});
  enqueue("later");
  pump->run_for(5, std::chrono::milliseconds{200});
  EXPECT_TRUE(pump->deliveries.empty());
  pump->broker().set_fetching(true);
  EXPECT_EQ(pump->take_one().payload, "later");
}

// --- settling

TEST_P(BrokerContract, AnAckedJobIsGone) {
  enqueue("once");
  auto pump = open();
  pump->ack(pump->take_one());
  EXPECT_EQ(pump->broker().unconfirmed(), 0U);
  pump->kill();
  enqueue("next");
  auto other = open("other");
  EXPECT_EQ(other->take_one().payload, "next");
}

TEST_P(BrokerContract, ARetriedJobComesBackWithCountersHistoryAndPayload) {
  const std::string payload = every_byte();
  const std::string id = enqueue(payload);
  auto pump = open();
  const Delivery first = pump->take_one();
  pump->settle(first, retry());
  const Delivery second = pump->take_one();
  EXPECT_EQ(second.id, id);
  EXPECT_EQ(second.counters, kFailedTwice);
  EXPECT_EQ(second.history, retry().history);
  EXPECT_EQ(second.payload, payload);
  EXPECT_EQ(second.enqueued_at, first.enqueued_at);
  EXPECT_NE(second.reservation, first.reservation);
}

TEST_P(BrokerContract, ALargeJobSurvivesRetryAndBurial) {
  const std::string payload(std::size_t{3} * 1024 * 1024 + 1, 'p');
  const std::string id = enqueue(payload);
  auto pump = open();
  pump->settle(pump->take_one(), retry());
  pump->settle(pump->take_one(), bury("too hard"));
  auto letter = dead_letters()->find(id);
  ASSERT_TRUE(letter.ok()) << letter.error().text();
  EXPECT_TRUE(letter->payload == payload);
}

TEST_P(BrokerContract, AHistoryOfTheLargestSizeIsKept) {
  enqueue("storyteller");
  auto pump = open();
  Verdict verdict = retry();
  verdict.history.assign(kMaxHistory, '"');
  pump->settle(pump->take_one(), verdict);
  EXPECT_TRUE(pump->take_one().history == verdict.history);
}

TEST_P(BrokerContract, ARetryIsNotDueBeforeItsDelay) {
  enqueue("patient");
  auto pump = open();
  const Delivery job = pump->take_one();
  const TimePoint settled = clock.now();
  pump->settle(job, retry(std::chrono::milliseconds{400}));
  EXPECT_EQ(pump->take_one().payload, "patient");
  EXPECT_GE(clock.now() - settled, std::chrono::milliseconds{395});
}

TEST_P(BrokerContract, ARewrittenRetryHasItsNewContent) {
  queues = {{"default", 0}, {"other", 0}};
  for (const std::size_t size : {std::size_t{3}, std::size_t{100'000}}) {
    const std::string id = enqueue(std::string(50'000, 'o'));
    auto pump = open();
    Delivery job = pump->take_one();
    job.payload.assign(size, 'n');
    job.queue = "other";
    job.priority = fixture->type().capabilities.priority ? -3 : 0;
    Verdict verdict = retry();
    verdict.rewritten = true;
    pump->settle(job, verdict);
    const Delivery again = pump->take_one();
    EXPECT_EQ(again.id, id);
    EXPECT_EQ(again.queue, "other");
    EXPECT_TRUE(again.payload == job.payload);
    EXPECT_EQ(again.priority, job.priority);
    EXPECT_EQ(again.counters, kFailedTwice);
    pump->ack(again);
  }
}

TEST_P(BrokerContract, AReleasedJobIsFirstAgainAndUnchanged) {
  enqueue_numbered(3);
  auto pump = open();
  pump->settle(pump->take_one(), retry());
  auto jobs = pump->take(3);
  ASSERT_EQ(jobs.size(), 3U);
  const auto retried = std::find_if(jobs.begin(), jobs.end(),
                                    [](const Delivery& job) { return job.payload == "0"; });
  ASSERT_NE(retried, jobs.end());
  const Delivery kept = *retried;
  enqueue("newcomer");
  pump->settle(kept, release());
  const Delivery again = pump->take_one();
  EXPECT_EQ(again.id, kept.id);
  EXPECT_EQ(again.counters, kept.counters);
  EXPECT_EQ(again.history, kept.history);
}

TEST_P(BrokerContract, ReleasedJobsKeepTheirOrder) {
  enqueue_numbered(6);
  auto pump = open();
  auto jobs = take_in_order(*pump, 4);
  ASSERT_EQ(jobs.size(), 4U);
  // As a stopping master does: the last one taken first.
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
    pump->broker().settle(*job, release());
  }
  ASSERT_TRUE(pump->confirm());
  EXPECT_EQ(payloads(take_in_order(*pump, 6)),
            (std::vector<std::string>{"0", "1", "2", "3", "4", "5"}));
}

TEST_P(BrokerContract, VerdictsOfOneTurnAreAllConfirmed) {
  enqueue_numbered(40);
  auto pump = open();
  auto jobs = pump->take(40);
  ASSERT_EQ(jobs.size(), 40U);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    pump->broker().settle(jobs[i], i % 4 == 0   ? retry()
                                   : i % 4 == 1 ? release()
                                   : i % 4 == 2 ? bury("enough")
                                                : Verdict{});
  }
  EXPECT_EQ(pump->broker().unconfirmed(), 40U);
  ASSERT_TRUE(pump->confirm());
  EXPECT_EQ(pump->take(20).size(), 20U);
  EXPECT_TRUE(pump->lost.empty());
  auto letters = dead_letters()->list("", 100);
  ASSERT_TRUE(letters.ok());
  EXPECT_EQ(letters->size(), 10U);
}

// --- dead letters

TEST_P(BrokerContract, ABuriedJobKeepsItsEvidence) {
  const std::string payload = every_byte();
  const std::string id = enqueue(payload);
  auto pump = open();
  pump->settle(pump->take_one(), bury("raised Boom 3 times"));
  auto letters = dead_letters();
  auto listed = letters->list("default", 10);
  ASSERT_TRUE(listed.ok()) << listed.error().text();
  ASSERT_EQ(listed->size(), 1U);
  auto found = letters->find(id);
  ASSERT_TRUE(found.ok()) << found.error().text();
  for (const auto& letter : {listed->front(), *found}) {
    EXPECT_EQ(letter.id, id);
    EXPECT_EQ(letter.queue, "default");
    EXPECT_EQ(letter.payload, payload);
    EXPECT_EQ(letter.counters, kFailedTwice);
    EXPECT_EQ(letter.history, bury("").history);
    EXPECT_EQ(letter.reason, "raised Boom 3 times");
    EXPECT_GE(letter.died_at, letter.enqueued_at);
  }
}

TEST_P(BrokerContract, DeadLettersAreListedByQueueOldestFirst) {
  queues = {{"a", 0}, {"b", 0}};
  for (int i = 0; i < 3; ++i) {
    enqueue(job_in("a", "a" + std::to_string(i)));
    enqueue(job_in("b", "b" + std::to_string(i)));
  }
  auto pump = open();
  for (int i = 0; i < 6; ++i) pump->settle(pump->take_one(), bury("no"));
  auto letters = dead_letters();
  auto some = letters->list("b", 2);
  ASSERT_TRUE(some.ok());
  ASSERT_EQ(some->size(), 2U);
  EXPECT_EQ((*some)[0].payload, "b0");
  EXPECT_EQ((*some)[1].payload, "b1");
  EXPECT_EQ(letters->list("", 100)->size(), 6U);
  EXPECT_TRUE(letters->list("c", 100)->empty());
}

TEST_P(BrokerContract, ADeadLetterRunsAgainWhenRetried) {
  const std::string id = enqueue("second chance");
  auto pump = open();
  pump->settle(pump->take_one(), bury("no"));
  auto letters = dead_letters();
  auto count = letters->retry({id, "no-such-id"});
  ASSERT_TRUE(count.ok());
  EXPECT_EQ(*count, 1U);
  const Delivery job = pump->take_one();
  EXPECT_EQ(job.id, id);
  EXPECT_EQ(job.payload, "second chance");
  EXPECT_EQ(job.counters, Counters{});
  EXPECT_EQ(letters->find(id).error().kind, ErrorKind::not_found);
}

TEST_P(BrokerContract, DeadLettersAreRetriedAndRemovedByQueue) {
  queues = {{"a", 0}, {"b", 0}};
  for (int i = 0; i < 3; ++i) {
    enqueue(job_in("a", "a"));
    enqueue(job_in("b", "b"));
  }
  auto pump = open();
  for (int i = 0; i < 6; ++i) pump->settle(pump->take_one(), bury("no"));
  auto letters = dead_letters();
  EXPECT_EQ(*letters->remove_all("b"), 3U);
  EXPECT_EQ(*letters->retry_all(""), 3U);
  EXPECT_EQ(payloads(pump->take(3)), (std::vector<std::string>{"a", "a", "a"}));
  EXPECT_TRUE(letters->list("", 10)->empty());
}

TEST_P(BrokerContract, ARemovedDeadLetterIsGone) {
  const std::string id = enqueue("unloved");
  auto pump = open();
  pump->settle(pump->take_one(), bury("no"));
  auto letters = dead_letters();
  EXPECT_EQ(*letters->remove({id}), 1U);
  EXPECT_EQ(*letters->remove({id}), 0U);
  EXPECT_EQ(letters->find(id).error().kind, ErrorKind::not_found);
}

// --- order

TEST_P(BrokerContract, MoreUrgentJobsComeFirst) {
  if (!fixture->type().capabilities.priority) return;
  for (const int priority : {5, -5, 0, 5, -5, 0}) {
    NewJob job;
    job.priority = priority;
    job.payload = std::to_string(priority);
    enqueue(job);
  }
  auto pump = open();
  EXPECT_EQ(payloads(take_in_order(*pump, 6)),
            (std::vector<std::string>{"-5", "-5", "0", "0", "5", "5"}));
}

TEST_P(BrokerContract, StrictQueuesAreServedInOrder) {
  queues = {{"high", 0}, {"low", 0}};
  for (int i = 0; i < 3; ++i) {
    enqueue(job_in("low", "low"));
    enqueue(job_in("high", "high"));
  }
  auto pump = open();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pump->take_one().payload, "high");
  enqueue(job_in("high", "late but high"));
  EXPECT_EQ(pump->take_one().payload, "late but high");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pump->take_one().payload, "low");
}

TEST_P(BrokerContract, WeightsShareTheMasterAndStarveNobody) {
  if (!fixture->type().capabilities.weights) return;
  queues = {{"high", 3}, {"low", 1}};
  constexpr int kRounds = 400;
  for (int i = 0; i < kRounds; ++i) {
    enqueue(job_in("high", "high"));
    enqueue(job_in("low", "low"));
  }
  auto pump = open();
  int low = 0;
  for (int i = 0; i < kRounds; ++i) {
    const Delivery job = pump->take_one();
    low += job.payload == "low" ? 1 : 0;
    pump->ack(job);
  }
  // A quarter, give or take five standard deviations.
  EXPECT_GT(low, kRounds / 4 - 45);
  EXPECT_LT(low, kRounds / 4 + 45);
}

TEST_P(BrokerContract, OtherQueuesAreLeftAlone) {
  enqueue(job_in("somebody-elses", "hands off"));
  enqueue("mine");
  auto pump = open();
  EXPECT_EQ(pump->take_one().payload, "mine");
  pump->run_for(1, std::chrono::milliseconds{200});
  EXPECT_TRUE(pump->deliveries.empty());
}

TEST_P(BrokerContract, QueueNamesMatchByteForByte) {
  const std::vector<std::string> names = {"queue+name",
                                          "a b",
                                          "{x}",
                                          "x:y",
                                          "über",
                                          "u\xcc\x88"
                                          "ber",
                                          "キュー",
                                          "'; DROP TABLE jobs; --"};
  queues.clear();
  for (const auto& name : names) queues.push_back({name, 0});
  if (!fixture->type().validate(config()).empty()) return;  // refused by name at start: as good
  for (const auto& name : names) enqueue(job_in(name, "for " + name));
  auto pump = open();
  const auto jobs = pump->take(names.size());
  ASSERT_EQ(jobs.size(), names.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    EXPECT_EQ(jobs[i].queue, names[i]);
    EXPECT_EQ(jobs[i].payload, "for " + names[i]);
  }
}

TEST_P(BrokerContract, BadQueueNamesAndUrlsAreRefusedBeforeAnythingIsOpened) {
  const auto mistakes = [this](const BrokerConfig& config) {
    return fixture->type().validate(config).size();
  };
  EXPECT_EQ(mistakes(config()), 0U);
  BrokerConfig bad = config();
  bad.queues = {{"", 0}};
  EXPECT_EQ(mistakes(bad), 1U);
  bad.queues = {{std::string(300, 'q'), 0}};
  EXPECT_EQ(mistakes(bad), 1U);
  bad = config();
  bad.url = "nonsense";
  EXPECT_EQ(mistakes(bad), 1U);
}

// --- delayed jobs

TEST_P(BrokerContract, ADelayedJobStartsAtItsTime) {
  auto pump = open();
  ASSERT_TRUE(pump->serve());
  NewJob job;
  job.payload = "later";
  job.run_at = clock.wall_now() + std::chrono::milliseconds{1200};
  enqueue(job);
  enqueue("now");
  EXPECT_EQ(pump->take_one().payload, "now");
  EXPECT_EQ(pump->take_one().payload, "later");
  EXPECT_GE(clock.wall_now(), *job.run_at);
}

TEST_P(BrokerContract, DelayedJobsSurviveTheMaster) {
  NewJob job;
  job.payload = "later";
  job.run_at = clock.wall_now() + std::chrono::milliseconds{700};
  enqueue(job);
  auto first = open("first");
  first->run_for(1, std::chrono::milliseconds{50});
  first->kill();
  auto second = open("second");
  EXPECT_EQ(second->take_one().payload, "later");
  EXPECT_GE(clock.wall_now(), *job.run_at);
}

TEST_P(BrokerContract, AJobDueInThePastRunsAtOnce) {
  NewJob job;
  job.payload = "overdue";
  job.run_at = clock.wall_now() - std::chrono::hours{1};
  enqueue(job);
  EXPECT_EQ(open()->take_one().payload, "overdue");
}

// --- publishing

TEST_P(BrokerContract, APublishedJobIsConfirmedAndRuns) {
  auto pump = open();
  NewJob job;
  job.id = "from-inside";
  job.payload = every_byte();
  ASSERT_TRUE(pump->publish(job).ok());
  EXPECT_EQ(pump->broker().unconfirmed(), 0U);
  const Delivery got = pump->take_one();
  EXPECT_EQ(got.id, "from-inside");
  EXPECT_EQ(got.payload, job.payload);
}

TEST_P(BrokerContract, APublishedJobMayBeDelayed) {
  auto pump = open();
  NewJob job;
  job.payload = "later";
  job.run_at = clock.wall_now() + std::chrono::milliseconds{300};
  ASSERT_TRUE(pump->publish(job).ok());
  EXPECT_EQ(pump->take_one().payload, "later");
  EXPECT_GE(clock.wall_now(), *job.run_at);
}

TEST_P(BrokerContract, EveryPublishIsAnsweredOnce) {
  auto pump = open();
  constexpr PublishToken kCount = 200;
  for (PublishToken token = 1; token <= kCount; ++token) {
    pump->broker().publish(token, job_in("default", std::to_string(token)));
  }
  ASSERT_TRUE(pump->confirm());
  ASSERT_TRUE(pump->until(0, [&] { return pump->published.size() == kCount; }));
  std::set<PublishToken> tokens;
  for (const auto& each : pump->published) {
    EXPECT_TRUE(each.result.ok());
    tokens.insert(each.token);
  }
  EXPECT_EQ(tokens.size(), kCount);
  EXPECT_EQ(pump->take(kCount).size(), kCount);
}

TEST_P(BrokerContract, AnOversizedPayloadIsRefusedWhenEnqueued) {
  NewJob job;
  job.payload.assign(kMaxPayload + 1, 'x');
  auto refused = producer()->enqueue(job);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::too_large);
  EXPECT_NE(refused.error().text().find(std::to_string(kMaxPayload)), std::string::npos);
  auto pump = open();
  auto published = pump->publish(job);
  ASSERT_FALSE(published.ok());
  EXPECT_EQ(published.error().kind, ErrorKind::too_large);
  EXPECT_EQ(pump->broker().unconfirmed(), 0U);
}

TEST_P(BrokerContract, SeveralJobsAreEnqueuedInOrder) {
  std::vector<NewJob> jobs = {job_in("default", "a"), job_in("default", "b")};
  jobs[1].id = "given";
  auto ids = producer()->enqueue_all(jobs);
  ASSERT_TRUE(ids.ok());
  ASSERT_EQ(ids->size(), 2U);
  EXPECT_EQ((*ids)[1], "given");
  auto pump = open();
  EXPECT_EQ(payloads(take_in_order(*pump, 2)), (std::vector<std::string>{"a", "b"}));
}

// --- masters that die, stop or meet

TEST_P(BrokerContract, JobsOfAKilledProcessComeBackWithOneCrashMore) {
  if (!fixture->proves_death()) lease = fixture->short_lease();
  enqueue_numbered(3);
  take_and_die(2);
  auto pump = open("heir");
  const auto jobs = pump->take(3);
  ASSERT_EQ(jobs.size(), 3U);
  std::map<std::string, std::uint32_t> crashes;
  for (const auto& job : jobs) crashes[job.payload] = job.counters.crashes;
  EXPECT_EQ(crashes, (std::map<std::string, std::uint32_t>{{"0", 1}, {"1", 1}, {"2", 0}}));
}

TEST_P(BrokerContract, ALiveMasterTakesUpTheOrphansOfAnother) {
  lease = fixture->short_lease();
  auto survivor = open("survivor");
  enqueue("orphan");
  take_and_die(1);
  const Delivery job = survivor->take_one();
  EXPECT_EQ(job.payload, "orphan");
  EXPECT_EQ(job.counters.crashes, 1U);
}

TEST_P(BrokerContract, CrashesAddUpAcrossMasters) {
  if (!fixture->proves_death()) lease = fixture->short_lease();
  const std::string id = enqueue("poison");
  for (int i = 0; i < 3; ++i) take_and_die(1);
  const Delivery job = open()->take_one();
  EXPECT_EQ(job.id, id);
  EXPECT_EQ(job.counters, (Counters{.attempts = 0, .crashes = 3, .postponed = 0}));
}

// Nobody was left to report on these runs; a dead letter must show them all the same.
TEST_P(BrokerContract, EveryMastersDeathLeavesARecord) {
  if (!fixture->proves_death()) lease = fixture->short_lease();
  enqueue("poison");
  for (int i = 0; i < 3; ++i) take_and_die(1);
  auto heir = open();
  Delivery job = heir->take_one();
  const std::string history = job.history;
  std::size_t records = 0;
  for (std::size_t at = 0; (at = history.find("the master died", at)) != std::string::npos; ++at) {
    ++records;
  }
  EXPECT_EQ(records, 3U) << history;
  EXPECT_NE(history.find(R"("outcome":"crashed","attempt":1,)"), std::string::npos) << history;
  EXPECT_TRUE(history.starts_with(R"([{"at":"20)") && history.ends_with("}]")) << history;

  Verdict verdict = bury("crashed");
  verdict.history = history;
  const std::string id = job.id;
  heir->settle(std::move(job), verdict);
  const auto letter = dead_letters()->find(id);
  ASSERT_TRUE(letter.ok()) << letter.error().text();
  EXPECT_EQ(letter->history, history);
}

TEST_P(BrokerContract, ALeaseIsRenewedWhileNothingIsWanted) {
  lease = fixture->short_lease();
  enqueue("long job");
  auto busy = open("busy");
  const Delivery job = busy->take_one();
  auto idle = open("idle");
  const TimePoint end = clock.now() + lease * 3;
  while (clock.now() < end) {
    busy->turn(0, std::chrono::milliseconds{20});
    idle->turn(1, std::chrono::milliseconds{20});
  }
  EXPECT_TRUE(idle->deliveries.empty());
  busy->ack(job);
  EXPECT_TRUE(busy->lost.empty()) << busy->lost.front().reason;
}

TEST_P(BrokerContract, ALateAckOfAJobThatSomebodyElseHasChangesNothing) {
  lease = fixture->short_lease();
  enqueue("contested");
  auto stopped = open("stopped");
  const Delivery first = stopped->take_one();
  auto other = open("other");
  // `stopped` makes no turn, as if its process had been stopped.
  const Delivery second = other->take_one();
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.counters.crashes, 1U);

  stopped->settle(first, Verdict{});
  ASSERT_TRUE(stopped->until(0, [&] { return !stopped->lost.empty(); }));
  EXPECT_EQ(stopped->lost.front().reservation, first.reservation);

  Verdict verdict = retry();
  other->settle(second, verdict);
  EXPECT_TRUE(other->lost.empty()) << other->lost.front().reason;
  other->kill();
  EXPECT_EQ(stopped->take_one().counters, kFailedTwice);
}

TEST_P(BrokerContract, TwoMastersShareAQueueAndRunEachJobOnce) {
  constexpr std::size_t kJobs = 500;
  enqueue_numbered(kJobs);
  auto one = open("same name");
  auto two = open("same name");
  std::map<std::string, int> runs;
  const auto work = [&runs](Pump& pump) {
    pump.turn(4, std::chrono::milliseconds{5});
    while (!pump.deliveries.empty()) {
      ++runs[pump.deliveries.front().payload];
      pump.broker().settle(std::move(pump.deliveries.front()), Verdict{});
      pump.deliveries.pop_front();
    }
  };
  const TimePoint deadline = clock.now() + Pump::kPatience;
  while (runs.size() < kJobs && clock.now() < deadline) {
    work(*one);
    work(*two);
  }
  EXPECT_TRUE(one->confirm());
  EXPECT_TRUE(two->confirm());
  EXPECT_EQ(runs.size(), kJobs);
  for (const auto& [payload, count] : runs) EXPECT_EQ(count, 1) << payload;
  EXPECT_TRUE(one->lost.empty());
  EXPECT_TRUE(two->lost.empty());
}

// --- strangers

TEST_P(BrokerContract, AForeignMessageIsAJobLikeAnyOther) {
  auto pump = open();
  pump->run_for(1, std::chrono::milliseconds{50});
  fixture->put_foreign("default", every_byte());
  const Delivery first = pump->take_one();
  EXPECT_EQ(first.payload, every_byte());
  EXPECT_FALSE(first.id.empty());
  EXPECT_EQ(first.counters, Counters{});
  pump->settle(first, retry());
  const Delivery second = pump->take_one();
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.counters, kFailedTwice);
  pump->settle(second, bury("enough"));
  auto letter = dead_letters()->find(first.id);
  ASSERT_TRUE(letter.ok());
  EXPECT_EQ(letter->payload, every_byte());
}

TEST_P(BrokerContract, AMalformedEntryStopsNobodyElse) {
  auto pump = open();
  fixture->put_malformed("default");
  enqueue("healthy");
  EXPECT_EQ(pump->take_one().payload, "healthy");
  EXPECT_TRUE(pump->until(1, [&] { return !pump->notices.empty(); })) << "nobody was told";
}

// --- lost sessions

TEST_P(BrokerContract, AVerdictGivenBeforeASessionIsLostIsAppliedOrReportedLost) {
  enqueue("between sessions");
  auto pump = open();
  const Delivery job = pump->take_one();
  pump->broker().settle(job, Verdict{});
  pump->broker().disconnect();
  ASSERT_TRUE(pump->broker().connect(clock.now()).ok());
  ASSERT_TRUE(pump->confirm());
  if (fixture->reservations_outlive_sessions()) {
    EXPECT_TRUE(pump->lost.empty());
    enqueue("next");
    EXPECT_EQ(pump->take_one().payload, "next");
  } else {
    EXPECT_EQ(pump->take_one().id, job.id);
    EXPECT_EQ(pump->lost.size(), 1U);
  }
}

TEST_P(BrokerContract, AJobInHandCanBeSettledInTheNextSession) {
  if (!fixture->reservations_outlive_sessions()) return;
  enqueue("in hand");
  auto pump = open();
  const Delivery job = pump->take_one();
  pump->broker().disconnect();
  ASSERT_TRUE(pump->broker().connect(clock.now()).ok());
  pump->ack(job);
  EXPECT_TRUE(pump->lost.empty());
}

TEST_P(BrokerContract, AMasterConsumesAgainWhenTheBrokerIsBack) {
  enqueue("before");
  auto pump = open();
  const Delivery job = pump->take_one();
  fixture->take_server_away();
  pump->broker().settle(job, Verdict{});
  ASSERT_TRUE(pump->until(1, [&] { return pump->errors.size() >= 2; }));
  EXPECT_FALSE(pump->broker().serving());
  fixture->bring_server_back();
  ASSERT_TRUE(pump->serve());
  ASSERT_TRUE(pump->confirm());
  enqueue("after");
  std::set<std::string> got;
  ASSERT_TRUE(pump->until(1, [&] {
    for (const auto& each : pump->deliveries) got.insert(each.payload);
    return got.count("after") == 1;
  }));
  if (fixture->reservations_outlive_sessions()) {
    EXPECT_EQ(got.count("before"), 0U);
  }
}

TEST_P(BrokerContract, AMasterStartedWhileTheBrokerIsAwayServesWhenItComes) {
  enqueue("waiting");
  fixture->take_server_away();
  Pump pump(open_broker("early"));
  ASSERT_TRUE(pump.until(1, [&] { return pump.errors.size() >= 2; }));
  fixture->bring_server_back();
  EXPECT_EQ(pump.take_one().payload, "waiting");
}

// --- numbers

TEST_P(BrokerContract, DepthsCountTheServedQueues) {
  queues = {{"a", 0}, {"b", 0}};
  for (int i = 0; i < 4; ++i) enqueue(job_in("a", "a"));
  NewJob later = job_in("b", "b");
  later.run_at = clock.wall_now() + std::chrono::hours{1};
  enqueue(later);
  enqueue(job_in("c", "not served"));
  auto pump = open();
  auto jobs = pump->take(2);
  ASSERT_EQ(jobs.size(), 2U);
  pump->settle(jobs[0], bury("no"));
  const auto depths = pump->depths();
  ASSERT_EQ(depths.size(), 2U);
  EXPECT_EQ(depths[0].queue, "a");
  EXPECT_EQ(depths[0].ready, 2U);
  EXPECT_EQ(depths[0].in_flight, 1U);
  EXPECT_EQ(depths[0].dead, 1U);
  EXPECT_GT(depths[0].oldest_ready_age, Duration{0});
  EXPECT_EQ(depths[1].queue, "b");
  EXPECT_EQ(depths[1].delayed, 1U);
  EXPECT_EQ(depths[1].ready, 0U);
}

}  // namespace narwhal::test
