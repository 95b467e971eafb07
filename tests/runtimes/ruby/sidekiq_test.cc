// An app moves from Sidekiq to Narwhal: the jobs that the real Sidekiq has left behind run
// unchanged.
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
    made.output = file("output");
    made.errors = file("errors");
    return made;
  }
  void enqueue_by_sidekiq(const std::string& code) {
    const std::string app = RUBY_APPS "/sidekiq_app.rb";
    ChildProcess ruby(command({"ruby", "-r" + app, "-e", code}));
    ASSERT_EQ(ruby.exit_code(), 0) << read_file(file("errors"));
  }
  // Lets the real Sidekiq work on a queue until a job has failed there.
  void let_sidekiq_fail_a_job(const std::string& from) {
    ChildProcess sidekiq(
        command({"sidekiq", "-r", RUBY_APPS "/sidekiq_app.rb", "-c", "1", "-q", from}));
    EXPECT_TRUE(eventually([&] {
      return redis().number({"ZCARD", "retry"}) == 1;
    })) << read_file(file("errors"))
        << read_file(file("output"));
    sidekiq.signal(SIGTERM);
    EXPECT_TRUE(sidekiq.exit_code().has_value());
  }
  // As if its time had come.
  void make_retries_due() {
    for (const std::string& job : redis().list({"ZRANGE", "retry", "0", "-1"})) {
      redis().call({"ZADD", "retry", "1", job});
    }
  }
};
NARWHAL_ON_BROKER(RubySidekiq);

TEST_P(RubySidekiq, JobsOfSidekiqRunUnchanged) {
  const std::string marks_file = in_quotes(marker_file());
  enqueue_by_sidekiq("Marker.perform_later(" + marks_file + ");" +
                     "Marker.set(wait: 1).perform_later(" + marks_file + ");" +
                     "RetryTimes.perform_later(" + marks_file + ");" +
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

}  // namespace
}  // namespace narwhal::test
