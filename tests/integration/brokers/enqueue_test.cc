// Jobs from the command line to their end.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "integration/brokers/broker_test.h"

namespace narwhal::test {
namespace {

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class EnqueueTest : public BrokerTest {};
NARWHAL_ON_BROKER(EnqueueTest);

TEST_P(EnqueueTest, EnqueuedJobRunsOnceAndIsGone) {
  Daemon& daemon = start_ready();
  const std::string job = enqueue_marker(marker());
  ASSERT_TRUE(marked(job, "end")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  ASSERT_TRUE(daemon.logs("job done"));
  EXPECT_NE(daemon.log_lines("job done").front().find("job=" + job), std::string::npos);
  EXPECT_EQ(daemon.end(SIGTERM), 0);
  EXPECT_EQ(marks().total("start"), 1);
  EXPECT_TRUE(queue.dead().empty());
}

TEST_P(EnqueueTest, BulkEnqueuesOneJobPerLine) {
  std::string lines;
  for (int i = 0; i < 2500; ++i) lines += fmt::format("[{},null]\n", in_quotes(marker_file()));
  write_config();
  EXPECT_EQ(enqueue({"--bulk", "--class", "Marker"}, lines), "2500");
  EXPECT_EQ(queue.live(), 2500);
  Daemon& daemon = start();
  ASSERT_TRUE(all_marked(2500, "end")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), 2500);
}

TEST_P(EnqueueTest, PayloadFromStandardInputArrivesByteForByte) {
  std::string bytes;
  for (int i = 0; i < 40'000; ++i) bytes += static_cast<char>(i * 7);
  config.shell("cat > got.part; mv got.part got");
  write_config();
  EXPECT_FALSE(enqueue({"-"}, bytes).empty());
  start();
  ASSERT_TRUE(queue_empties());
  EXPECT_TRUE(read_file(file("got")) == bytes);
}

TEST_P(EnqueueTest, EmptyPayloadIsAJob) {
  config.shell("wc -c > got.part; mv got.part got");
  write_config();
  enqueue({"-"}, "");
  start();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(read_file(file("got")), "0\n");
}

TEST_P(EnqueueTest, DelayedJobWaitsInTheBrokerAcrossARestart) {
  config.shell("cat; date +%s.%N > started.part; mv started.part started");
  Daemon& before = start_ready();
  const double due = wall_seconds() + 2;
  const std::string delayed = enqueue({"--in", "2s", "delayed"});
  EXPECT_EQ(before.end(SIGTERM), 0);
  Daemon& after = start();
  ASSERT_TRUE(queue_empties()) << after.log();
  EXPECT_GE(std::atof(read_file(file("started")).c_str()), due);
  EXPECT_EQ(before.log_count("job started"), 0);
  ASSERT_TRUE(after.logs("job done"));
  EXPECT_NE(after.log_lines("job done").front().find(delayed), std::string::npos);
}

TEST_P(EnqueueTest, PriorityOrdersAQueueWhereTheBrokerCan) {
  config.set("workers", 1).shell("cat >> order; echo >> order");
  write_config();
  std::vector<int> order = {5, -3, 0, 5, -3, 9};
  for (const int priority : order) {
    enqueue({fmt::format("--priority={}", priority), std::to_string(priority)});
  }
  start();
  ASSERT_TRUE(queue_empties());
  if (host->type().capabilities.priority) std::ranges::stable_sort(order);
  std::vector<std::string> expected;
  for (const int priority : order) expected.push_back(std::to_string(priority));
  EXPECT_EQ(read_lines(file("order")), expected);
}

TEST_P(EnqueueTest, QueuesAreServedInTheirOrder) {
  config.set("workers", 1).set("broker.queues", R"(["urgent", "default"])");
  config.shell("cat >> order; echo >> order");
  write_config();
  enqueue({"usual 1"});
  enqueue({"usual 2"});
  enqueue({"--queue", "urgent", "urgent 1"});
  enqueue({"--queue", "urgent", "urgent 2"});
  start();
  ASSERT_TRUE(queue_empties());
  const std::vector<std::string> expected = {"urgent 1", "urgent 2", "usual 1", "usual 2"};
  EXPECT_EQ(read_lines(file("order")), expected);
}

TEST_P(EnqueueTest, JobOfAForeignProgramRunsAndIsRetried) {
  config.shell("cat > got; test -e ok && exit 0; touch ok; exit 1");
  Daemon& daemon = start_ready();
  host->put_foreign("default", "{\"from\":\"elsewhere\"}");
  ASSERT_TRUE(queue_empties());
  ASSERT_TRUE(daemon.logs("job done"));
  EXPECT_EQ(read_file(file("got")), "{\"from\":\"elsewhere\"}");
  EXPECT_EQ(daemon.log_count("job failed"), 1);
  EXPECT_NE(daemon.log_lines("job done").front().find("attempt=2"), std::string::npos);
}

TEST_P(EnqueueTest, JobsEnqueuedByAJobRun) {
  Daemon& daemon = start_ready();
  for (const bool one_by_one : {true, false}) {
    queue.add("EnqueueMany",
              fmt::format(R"([{},20,"default",{}])", in_quotes(marker_file()), one_by_one));
  }
  ASSERT_TRUE(all_marked(40, "end")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("end"), 40);
}

TEST_P(EnqueueTest, EnqueueSaysWhenNobodyListens) {
  write_config();
  server().kill();
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"enqueue", "x"}, {"enqueue", "--bulk"}}) {
    const CommandResult result = narwhal(arguments, "x\n");
    EXPECT_EQ(result.code, 69) << result.errors;
    EXPECT_EQ(result.output, "");
    EXPECT_NE(result.errors.find(host->socket()), std::string::npos) << result.errors;
  }
}

}  // namespace
}  // namespace narwhal::test
