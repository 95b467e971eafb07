// Answers that a real server gives only when it is in trouble, or never.
#include <atomic>

#include "master.h"
#include "scripted_server.h"
#include "tests/support/beanstalkd_server.h"
#include "tests/support/trickling_proxy.h"

namespace narwhal::test {
namespace {

using std::chrono::milliseconds;

bool is(const std::string& command, const char* word) { return command.rfind(word, 0) == 0; }

// A script that hands out one job, then none; everything else as `change` says, or as usual.
ScriptedServer::Script with_one_job(ScriptedServer::Script change) {
  auto given = std::make_shared<std::atomic<bool>>(false);
  return [given, change = std::move(change)](const std::string& command) -> std::string {
    if (is(command, "reserve") && !given->exchange(true)) return "RESERVED 1 3\r\njob\r\n";
    const std::string changed = change(command);
    return changed.empty() ? usual_answer(command) : changed;
  };
}

// Settles the one job of `server` with a failure and returns the master.
std::unique_ptr<Pump> fail_the_job(const ScriptedServer& server) {
  auto pump = open_master({.url = server.url()});
  const Delivery job = pump->take_one();
  pump->broker().settle(job, failed(job));
  return pump;
}

}  // namespace

TEST(BeanstalkdReply, DeadlineSoonIsNoJobAndNoStorm) {
  ScriptedServer server([](const std::string& command) {
    return is(command, "reserve") ? "DEADLINE_SOON\r\n" : usual_answer(command);
  });
  auto pump = open_master({.url = server.url()});
  pump->run_for(2, milliseconds{2500});
  EXPECT_TRUE(pump->deliveries.empty());
  EXPECT_TRUE(pump->errors.empty());
  EXPECT_LE(server.count("reserve"), 8);
  EXPECT_EQ(pump->notices.size(), 1U);
}

TEST(BeanstalkdReply, AServerWithoutMemoryIsAskedAgain) {
  std::atomic<int> refusals{0};
  ScriptedServer server([&](const std::string& command) -> std::string {
    if (!is(command, "reserve")) return usual_answer(command);
    return refusals++ == 0 ? "OUT_OF_MEMORY\r\n" : "RESERVED 1 3\r\njob\r\n";
  });
  auto pump = open_master({.url = server.url()});
  EXPECT_EQ(pump->take_one().payload, "job");
  EXPECT_TRUE(pump->errors.empty());
}

TEST(BeanstalkdReply, ARetryThatCannotBeStoredIsHeldAndTriedAgain) {
  for (const std::string refusal :
       {"OUT_OF_MEMORY\r\n", "INTERNAL_ERROR\r\n", "DRAINING\r\n", "BURIED 55\r\n"}) {
    std::atomic<int> puts{0};
    ScriptedServer server(with_one_job([&](const std::string& command) -> std::string {
      return is(command, "put") && puts++ == 0 ? refusal : "";
    }));
    auto pump = fail_the_job(server);
    ASSERT_TRUE(pump->confirm()) << refusal;
    EXPECT_EQ(server.count("put"), 2) << refusal;
    EXPECT_EQ(server.count("delete 1"), 1) << refusal;
    // The copy that the server had no room to queue must not stay behind.
    EXPECT_EQ(server.count("delete 55"), refusal == "BURIED 55\r\n" ? 1 : 0);
  }
}

TEST(BeanstalkdReply, TheOriginalStaysUntilTheCopyIsStored) {
  ScriptedServer server(with_one_job(
      [](const std::string& command) { return is(command, "put") ? "DRAINING\r\n" : ""; }));
  auto pump = fail_the_job(server);
  pump->run_for(0, milliseconds{500});
  EXPECT_EQ(server.count("delete"), 0);
  EXPECT_EQ(pump->broker().unconfirmed(), 1U);
}

TEST(BeanstalkdReply, ACopyStoredInVainIsTakenBack) {
  ScriptedServer server(with_one_job(
      [](const std::string& command) { return is(command, "delete 1") ? "NOT_FOUND\r\n" : ""; }));
  auto pump = fail_the_job(server);
  ASSERT_TRUE(pump->until(0, [&] { return server.count("delete 100") == 1; }));
  ASSERT_TRUE(pump->confirm());
  EXPECT_EQ(pump->lost.size(), 1U);
}

TEST(BeanstalkdReply, ALateDeleteIsOneLossAndNothingElse) {
  ScriptedServer server(with_one_job(
      [](const std::string& command) { return is(command, "delete") ? "NOT_FOUND\r\n" : ""; }));
  auto pump = open_master({.url = server.url()});
  pump->ack(pump->take_one());
  EXPECT_EQ(pump->lost.size(), 1U);
  EXPECT_TRUE(pump->errors.empty());
  EXPECT_TRUE(pump->notices.empty());
  EXPECT_EQ(server.count("delete"), 1);
}

TEST(BeanstalkdReply, AReleasedJobThatTheServerBuriedIsKicked) {
  ScriptedServer server(with_one_job(
      [](const std::string& command) { return is(command, "release") ? "BURIED\r\n" : ""; }));
  auto pump = open_master({.url = server.url()});
  pump->settle(pump->take_one(), verdict(Verdict::Action::release));
  EXPECT_TRUE(pump->until(0, [&] { return server.count("kick-job 1") == 1; }));
  EXPECT_TRUE(pump->lost.empty());
}

TEST(BeanstalkdReply, AJobThatVanishesWhileItIsAskedAboutIsNoJob) {
  ScriptedServer server(with_one_job(
      [](const std::string& command) { return is(command, "stats-job") ? "NOT_FOUND\r\n" : ""; }));
  auto pump = open_master({.url = server.url()});
  pump->run_for(1, milliseconds{200});
  EXPECT_TRUE(pump->deliveries.empty());
  EXPECT_TRUE(pump->errors.empty());
  EXPECT_EQ(server.count("reserve"), 2);
}

TEST(BeanstalkdReply, AnAnswerThatFitsNoCommandEndsTheSessionWithAClearText) {
  const std::vector<std::pair<const char*, const char*>> answers = {
      {"reserve", "BAD_FORMAT\r\n"},      {"reserve", "DELETED\r\n"},
      {"reserve", "HTTP/1.1 400\r\n"},    {"watch", "NOT_IGNORED\r\n"},
      {"stats", "UNKNOWN_COMMAND\r\n"},   {"stats", "SSH-2.0-OpenSSH_9.2\r\n"},
      {"reserve", "RESERVED 1 9\r\njob"}, {"ignore", "INTERNAL_ERROR\r\n"}};
  for (const auto& [word, answer] : answers) {
    ScriptedServer server([&, word = word, answer = answer](const std::string& command) {
      const std::string reply = is(command, word) ? answer : usual_answer(command);
      // A body that is longer than announced.
      return reply == "RESERVED 1 9\r\njob" ? "RESERVED 1 1\r\njobs\r\n" : reply;
    });
    auto pump = start_master({.url = server.url(), .queues = {{"mail", 0}}});
    ASSERT_TRUE(pump->until(1, [&] { return !pump->errors.empty(); })) << word << " " << answer;
    EXPECT_NE(pump->errors.front().find("unable to"), std::string::npos);
  }
}

TEST(BeanstalkdReply, AConfusedAnswerToATouchLosesNoJobSilently) {
  ScriptedServer server(with_one_job([](const std::string& command) {
    return is(command, "touch") ? "UNKNOWN_COMMAND\r\n" : "";
  }));
  auto pump = fail_the_job(server);
  ASSERT_TRUE(pump->until(0, [&] { return !pump->errors.empty() && !pump->lost.empty(); }));
  EXPECT_EQ(pump->broker().unconfirmed(), 0U);
  EXPECT_EQ(server.count("delete"), 0);
}

TEST(BeanstalkdReply, APublishThatIsRefusedIsAnsweredWithTheReason) {
  for (const std::string refusal :
       {"EXPECTED_CRLF", "JOB_TOO_BIG", "DRAINING", "OUT_OF_MEMORY", "INTERNAL_ERROR", "BAD_FORMAT",
        "UNKNOWN_COMMAND", "BURIED 9"}) {
    ScriptedServer server([&](const std::string& command) {
      return is(command, "put") ? refusal + "\r\n" : usual_answer(command);
    });
    auto pump = open_master({.url = server.url()});
    const auto published = pump->publish(NewJob{});
    ASSERT_FALSE(published.ok()) << refusal;
    EXPECT_NE(published.error().text().find(refusal.substr(0, refusal.find(' '))),
              std::string::npos);
    EXPECT_EQ(published.error().kind == ErrorKind::too_large, refusal == "JOB_TOO_BIG");
    EXPECT_FALSE(enqueue({.url = server.url()}, NewJob{}).ok());
  }
}

TEST(BeanstalkdReply, APublishInDoubtIsReportedAsSuch) {
  ScriptedServer server([](const std::string& command) {
    return is(command, "put") ? "hang up" : usual_answer(command);
  });
  auto pump = open_master({.url = server.url()});
  const auto published = pump->publish(NewJob{});
  ASSERT_FALSE(published.ok());
  EXPECT_EQ(published.error().kind, ErrorKind::unavailable);
  EXPECT_NE(published.error().text().find("not known whether"), std::string::npos);
  EXPECT_EQ(enqueue({.url = server.url()}, NewJob{}).error().kind, ErrorKind::unavailable);
}

TEST(BeanstalkdReply, AServerThatHangsUpOnEveryReserveIsASessionLost) {
  ScriptedServer server([](const std::string& command) {
    return is(command, "reserve") ? "hang up" : usual_answer(command);
  });
  auto pump = start_master({.url = server.url()});
  EXPECT_TRUE(pump->until(1, [&] { return pump->errors.size() >= 2; }));
}

TEST(BeanstalkdReply, AServerThatAcceptsAndStaysSilentIsGivenUp) {
  ScriptedServer server([](const std::string&) { return std::string{}; });
  auto pump = start_master({.url = server.url()});
  ASSERT_TRUE(pump->until(1, [&] { return !pump->errors.empty(); }));
  EXPECT_NE(pump->errors.front().find("does not answer"), std::string::npos);
}

TEST(BeanstalkdReply, EverythingWorksOneByteAtATime) {
  BeanstalkdServer server{BeanstalkdServer::Log::kept};
  TricklingProxy proxy(server.path(), 1);
  const Settings direct{.url = server.url()};
  const Settings slow{.url = "beanstalk+unix://" + proxy.path(),
                      .queues = {{"mail", 0}, {"default", 0}}};
  auto pump = open_master(slow);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{9000}}) {
    std::string payload(size, 'p');
    if (size > 100) payload.replace(50, 9, "DELETED\r\n");
    enqueue(direct, payload);
    const Delivery job = pump->take_one();
    EXPECT_TRUE(job.payload == payload);
    pump->settle(job, failed(job));
    const Delivery again = pump->take_one();
    EXPECT_TRUE(again.payload == payload);
    EXPECT_EQ(again.counters.attempts, 1U);
    pump->ack(again);
  }
  NewJob job;
  job.payload = "published";
  EXPECT_TRUE(pump->publish(job).ok());
  EXPECT_EQ(pump->take_one().payload, "published");
  EXPECT_TRUE(pump->errors.empty());
  EXPECT_TRUE(pump->lost.empty());
}

}  // namespace narwhal::test
