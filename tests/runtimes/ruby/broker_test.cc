// Ruby jobs on a broker with a server: enqueued by the gem in a process of its own and by jobs,
// with every type of argument; retried; enqueued by one runtime for the other.
#include <fmt/format.h>

#include "tests/runtimes/ruby/ruby_broker_test.h"

namespace narwhal::test {
namespace {

NARWHAL_ON_BROKER(RubyBroker);

TEST_P(RubyBroker, EveryArgumentArrivesAsItWas) {
  app("arguments.rb");
  const std::string files = in_quotes(file("values")) + ", " + in_quotes(file("keywords"));
  ASSERT_EQ(ruby("arguments.rb",
                 "Sender.perform_now(" + files + "); Sender.perform_later(" + files + ")"),
            0)
      << read_file(file("errors"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  const std::vector<std::string> values = read_lines(file("values"));
  EXPECT_GT(values.size(), 60U);
  for (const std::string& line : values) EXPECT_EQ(line, "same");
  EXPECT_EQ(read_lines(file("keywords")).size(), 4U);
  EXPECT_EQ(daemon.log_count("job failed"), 0);
}

TEST_P(RubyBroker, OptionsRetriesAndJobsFromJobs) {
  const std::string marks_file = in_quotes(marker_file());
  ASSERT_EQ(ruby("jobs.rb", "RetryTimes.perform_later(" + marks_file + ");" +
                                "RetriesItself.perform_later(" + marks_file + ");" +
                                "Enqueues.perform_later(" + marks_file + ", 5);" +
                                "Marker.set(wait: 1, queue: :other).perform_later(" + marks_file +
                                ");" + "GivesUp.perform_later(" + marks_file + ", 'IndexError')"),
            0)
      << read_file(file("errors"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_marked(12, "end")) << daemon.log();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_EQ(marks().total("end"), 12);
  EXPECT_EQ(marks().total("execution3"), 1);
  EXPECT_EQ(marks().total("other/7/2"), 1);
  EXPECT_EQ(marks().total("discarded"), 1);
  EXPECT_TRUE(daemon.logs("job retried", 3));
  EXPECT_EQ(daemon.log_count("job failed"), 0);
}

TEST_P(RubyBroker, JobsGoBetweenRubyAndCpp) {
  ASSERT_EQ(ruby("jobs.rb", "Marker.perform_later(" + in_quotes(marker_file()) + ")"), 0);
  queue.add("Marker", marker(1));
  queue.add("EnqueueMany", fmt::format("[{},3,\"later\",true]", in_quotes(marker_file())));
  config.text("app.runtime", "native").text("app.load", TEST_JOBS);
  Daemon& native = start_ready();
  ASSERT_TRUE(native.logs("job done", 3)) << native.log();
  EXPECT_EQ(native.end(SIGQUIT), 0);
  EXPECT_EQ(marks().total("end"), 2);
  config.text("app.runtime", "ruby").set("broker.queues", R"(["later"])");
  app("jobs.rb");
  Daemon& daemon = start_ready();
  EXPECT_TRUE(all_marked(5, "end")) << daemon.log();
}

}  // namespace
}  // namespace narwhal::test
