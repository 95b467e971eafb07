// An app moves from Sidekiq to Narwhal: the jobs that the real Sidekiq has left behind run
// unchanged, and what becomes of them is in Sidekiq's own sets, as its web page and API read them.
#include "tests/runtimes/ruby/ruby_broker_test.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {
namespace {

class RubySidekiq : public RubyBroker {
 protected:
  RubySidekiq() { config.set("broker.options", R"({ format = "sidekiq" })"); }

  RedisServer& redis() { return static_cast<RedisServer&>(server()); }

  Command command(std::vector<std::string> argv) {
    Command made;
    made.argv = std::move(argv);
    made.directory = directory.path();
    made.env = {{"REDIS_SOCKET", redis().socket()}};
    made.output = output_ = file("output" + std::to_string(++commands_));
    made.errors = file("errors");
    return made;
  }
  // Runs code in the app that has Sidekiq, Sidekiq's API loaded. What it prints.
  std::string in_sidekiq(const std::string& code) {
    const std::string app = RUBY_APPS "/sidekiq_app.rb";
    ChildProcess ruby(command({"ruby", "-r" + app, "-rsidekiq/api", "-e", code}));
    EXPECT_EQ(ruby.exit_code(), 0) << read_file(file("errors"));
    return read_file(output_);
  }
  // Lets the real Sidekiq work on a queue until a job has failed there.
  void let_sidekiq_fail_a_job(const std::string& from) {
    ChildProcess sidekiq(
        command({"sidekiq", "-r", RUBY_APPS "/sidekiq_app.rb", "-c", "1", "-q", from}));
    EXPECT_TRUE(eventually([&] {
      return redis().number({"ZCARD", "retry"}) == 1;
    })) << read_file(file("errors"))
        << read_file(output_);
    sidekiq.signal(SIGTERM);
    EXPECT_TRUE(sidekiq.exit_code().has_value());
  }
  // As if its time had come.
  void make_retries_due() {
    for (const std::string& job : redis().list({"ZRANGE", "retry", "0", "-1"})) {
      redis().call({"ZADD", "retry", "1", job});
    }
  }

 private:
  int commands_ = 0;
  std::string output_;  // of the last one: a file
};
NARWHAL_ON_BROKER(RubySidekiq);

TEST_P(RubySidekiq, JobsOfSidekiqRunUnchanged) {
  const std::string marks_file = in_quotes(marker_file());
  in_sidekiq("Marker.perform_later(" + marks_file + ");" + "Marker.set(wait: 1).perform_later(" +
             marks_file + ");" + "RetryTimes.perform_later(" + marks_file + ");" +
             "FailsOnce.set(queue: :failing).perform_later(" + marks_file + ")");
  let_sidekiq_fail_a_job("failing");
  make_retries_due();
  config.set("broker.queues", R"(["default", "failing"])");
  Daemon& daemon = start_ready();
  EXPECT_TRUE(all_marked(2, "end")) << daemon.log();
  EXPECT_TRUE(all_marked(1, "run2")) << daemon.log();
  EXPECT_TRUE(all_marked(1, "execution3")) << daemon.log();
  EXPECT_EQ(marks().total("run1"), 1);
  EXPECT_TRUE(eventually([&] {
    return redis().number({"ZCARD", "retry"}) + redis().number({"ZCARD", "schedule"}) == 0;
  }));
  EXPECT_EQ(daemon.log_count("job failed"), 0);
}

TEST_P(RubySidekiq, WhatFailsIsInSidekiqsOwnSets) {
  config.text("retry.base", "1h").text("retry.max", "1h");
  in_sidekiq("Fails.perform_later");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job failed"));
  ASSERT_TRUE(eventually([&] { return redis().number({"ZCARD", "retry"}) == 1; }));
  EXPECT_EQ(
      in_sidekiq("job = Sidekiq::RetrySet.new.first;"
                 "puts [job.display_class, job.queue, job['error_class'], job['error_message'],"
                 "      job['retry_count'], job.at > Time.now + 60].join(' | ');"
                 "job.retry"),
      "Fails | default | OuterError | the outer reason | 0 | true\n");
  ASSERT_TRUE(eventually([&] { return daemon.log_count("job failed") == 2; })) << daemon.log();
  ASSERT_TRUE(eventually([&] { return redis().number({"ZCARD", "retry"}) == 1; }));
  EXPECT_EQ(in_sidekiq("Sidekiq::RetrySet.new.first.kill"), "");
  EXPECT_EQ(in_sidekiq("Sidekiq::DeadSet.new.each { |job| puts job.display_class; job.retry }"),
            "Fails\n");
  ASSERT_TRUE(eventually([&] { return daemon.log_count("job failed") == 3; })) << daemon.log();
}

TEST_P(RubySidekiq, ADeadLetterIsInSidekiqsDeadSet) {
  config.set("retry.max_attempts", 1);
  in_sidekiq("Fails.perform_later");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job dead"));
  ASSERT_TRUE(eventually([&] { return redis().number({"ZCARD", "dead"}) == 1; }));
  EXPECT_EQ(
      in_sidekiq("job = Sidekiq::DeadSet.new.first;"
                 "puts [job.display_class, job.queue, job['error_class'], job['error_message']]"
                 "  .join(' | ');"
                 "job.retry"),
      "Fails | default | OuterError | the outer reason\n");
  EXPECT_TRUE(eventually([&] { return daemon.log_count("job dead") == 2; })) << daemon.log();
}

}  // namespace
}  // namespace narwhal::test
