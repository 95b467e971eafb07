// Jobs that fail and crash, and the dead letters they become, as an operator handles them.
#include <fmt/format.h>

#include "integration/brokers/broker_test.h"

namespace narwhal::test {
namespace {

bool has(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

class DeadTest : public BrokerTest {};
NARWHAL_ON_BROKER(DeadTest);

TEST_P(DeadTest, FailedJobIsRetriedThenDeadWithItsEvidence) {
  config.set("retry.max_attempts", 3);
  Daemon& daemon = start_ready();
  const std::string job = queue.add("Fail", R"(["no such account"])");
  ASSERT_TRUE(dies(job)) << daemon.log();
  EXPECT_EQ(daemon.log_count("job failed"), 2);
  const DeadLetter letter = dead_letter(job);
  EXPECT_EQ(letter.counters.attempts, 3U);
  EXPECT_EQ(letter.counters.crashes, 0U);
  EXPECT_TRUE(has(letter.reason, "no such account")) << letter.reason;
  EXPECT_EQ(count_of(letter.history, "no such account"), 3) << letter.history;
  EXPECT_EQ(letter.payload, class_payload("Fail", R"(["no such account"])", job));
  EXPECT_EQ(letter.queue, "default");
  EXPECT_TRUE(queue_empties());
}

TEST_P(DeadTest, CrashesAreCountedAcrossARestartOfTheDaemon) {
  config.text("retry.base", "1s").text("retry.max", "1s");
  Daemon& before = start_ready();
  const std::string poison = queue.add("Segv");
  ASSERT_TRUE(before.logs("job crashed"));
  EXPECT_EQ(before.end(SIGTERM), 0);
  Daemon& after = start_ready();
  ASSERT_TRUE(dies(poison)) << after.log();
  const DeadLetter letter = dead_letter(poison);
  EXPECT_EQ(letter.counters.crashes, 3U);
  EXPECT_EQ(letter.counters.attempts, 0U);
  EXPECT_EQ(count_of(letter.history, "\"signal\":\"SIGSEGV\""), 3) << letter.history;
  EXPECT_TRUE(has(letter.history, "max_rss_kib")) << letter.history;
  EXPECT_TRUE(eventually([&] { return after.workers().size() == 2; }));
}

// Three dead jobs of two queues, and the daemon that buried them.
class DeadJobs {
 public:
  explicit DeadJobs(JobStore& queue)
      : failed(queue.add("Fail", R"(["no such account"])")),
        crashed(queue.add("Abort")),
        urgent(queue.add("Fail", R"(["too late"])", "urgent")) {}

  std::string failed;
  std::string crashed;
  std::string urgent;
};

TEST_P(DeadTest, DeadLettersAreListedAndShown) {
  config.set("retry.max_attempts", 1).set("retry.crash_limit", 1);
  config.set("broker.queues", R"(["urgent", "default"])");
  const DeadJobs dead(queue);
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.logs("job dead", 3)) << daemon.log();
  ASSERT_TRUE(eventually([&] { return queue.dead().size() == 3; }));

  const CommandResult list = narwhal({"dead", "list"});
  EXPECT_EQ(list.code, 0) << list.errors;
  for (const std::string& id : {dead.failed, dead.crashed, dead.urgent}) {
    EXPECT_EQ(count_of(list.output, id), 1) << list.output;
  }
  EXPECT_TRUE(has(list.output, "no such account")) << list.output;
  const CommandResult urgent = narwhal({"dead", "list", "--queue", "urgent", "--json"});
  EXPECT_TRUE(has(urgent.output, dead.urgent)) << urgent.output;
  EXPECT_FALSE(has(urgent.output, dead.failed)) << urgent.output;

  const CommandResult shown = narwhal({"dead", "show", dead.crashed});
  EXPECT_EQ(shown.code, 0) << shown.errors;
  EXPECT_TRUE(has(shown.output, "SIGABRT")) << shown.output;
  EXPECT_TRUE(has(shown.output, "Abort")) << shown.output;
  const CommandResult payload = narwhal({"dead", "show", "--payload", dead.crashed});
  EXPECT_EQ(payload.output, class_payload("Abort", "[]", dead.crashed));
  EXPECT_EQ(narwhal({"dead", "show", "nobody"}).code, 65);
  // Looking changes nothing.
  EXPECT_EQ(queue.dead().size(), 3U);
}

TEST_P(DeadTest, DeadLettersAreDeletedByIdQueueOrAll) {
  config.set("retry.max_attempts", 1).set("retry.crash_limit", 1);
  config.set("broker.queues", R"(["urgent", "default"])");
  const DeadJobs dead(queue);
  Daemon& daemon = start();
  ASSERT_TRUE(eventually([&] { return queue.dead().size() == 3; })) << daemon.log();
  EXPECT_EQ(narwhal({"dead", "delete", dead.failed}).output, "deleted 1\n");
  EXPECT_EQ(narwhal({"dead", "delete", dead.failed}).code, 65);
  EXPECT_EQ(narwhal({"dead", "delete", "--all", "--queue", "urgent"}).output, "deleted 1\n");
  ASSERT_EQ(queue.dead().size(), 1U);
  EXPECT_EQ(queue.dead().front().id, dead.crashed);
  EXPECT_EQ(narwhal({"dead", "delete", "--all"}).output, "deleted 1\n");
  EXPECT_TRUE(queue.dead().empty());
  EXPECT_EQ(narwhal({"dead", "list"}).output, "no dead jobs\n");
  EXPECT_TRUE(queue.empty());
}

TEST_P(DeadTest, DeadLetterRunsAgainWithCountersAtZero) {
  config.set("retry.max_attempts", 2);
  config.shell("cat > got; test -e mended || exit 3");
  const std::string first = queue.add_payload("first");
  const std::string second = queue.add_payload("second");
  Daemon& daemon = start();
  ASSERT_TRUE(dies(first) && dies(second)) << daemon.log();
  EXPECT_EQ(narwhal({"dead", "retry", first}).output, "retried 1\n");
  ASSERT_TRUE(daemon.logs("job dead", 3)) << daemon.log();
  ASSERT_TRUE(dies(first));
  EXPECT_EQ(dead_letter(first).counters.attempts, 2U);

  write_file(file("mended"), "");
  EXPECT_EQ(narwhal({"dead", "retry", "--all"}).output, "retried 2\n");
  ASSERT_TRUE(daemon.logs("job done", 2)) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_TRUE(queue.dead().empty());
  for (const std::string& line : daemon.log_lines("job done")) {
    EXPECT_TRUE(has(line, "attempt=1")) << line;
  }
}

TEST_P(DeadTest, DeadCommandSaysWhenNobodyListens) {
  write_config();
  server().kill();
  for (const char* action : {"list", "retry", "delete"}) {
    std::vector<std::string> arguments = {"dead", action};
    if (action != std::string_view("list")) arguments.emplace_back("--all");
    const CommandResult result = narwhal(arguments);
    EXPECT_EQ(result.code, 69) << result.output << result.errors;
    EXPECT_TRUE(has(result.errors, host->socket())) << result.errors;
  }
}

}  // namespace
}  // namespace narwhal::test
