// An app moves from Resque to Narwhal: the jobs that Active Job's Resque adapter has left behind
// run unchanged.
#include <fmt/format.h>

#include "tests/runtimes/ruby/ruby_broker_test.h"
#include "tests/support/redis_server.h"

namespace narwhal::test {
namespace {

class RubyResque : public RubyBroker {
 protected:
  RubyResque() { config.set("broker.options", R"({ format = "resque" })"); }

  RedisServer& redis() { return static_cast<RedisServer&>(server()); }
  // As ActiveJob::QueueAdapters::ResqueAdapter wraps a job.
  [[nodiscard]] std::string wrapped(const std::string& job_class, const std::string& id) const {
    return fmt::format(
        R"({{"class":"ActiveJob::QueueAdapters::ResqueAdapter::JobWrapper","args":[)"
        R"({{"job_class":"{}","job_id":"{}","provider_job_id":null,"queue_name":"default",)"
        R"("priority":null,"arguments":[{}],"executions":0,"exception_executions":{{}},)"
        R"("locale":"en","timezone":"UTC","enqueued_at":"2026-01-01T00:00:00Z"}}]}})",
        job_class, id, in_quotes(marker_file()));
  }
};
NARWHAL_ON_BROKER(RubyResque);

TEST_P(RubyResque, JobsOfResqueRunUnchanged) {
  redis().call({"SADD", "resque:queues", "default"});
  redis().call({"RPUSH", "resque:queue:default", wrapped("Marker", "now")});
  redis().call({"RPUSH", "resque:queue:default", wrapped("RetryTimes", "tried-again")});
  redis().call({"RPUSH", "resque:queue:default", wrapped("FailsOnce", "fails-once")});
  // resque-scheduler's: a time's list, and the time.
  std::string later = wrapped("Marker", "later");
  later.insert(1, R"("queue":"default",)");
  redis().call({"RPUSH", "resque:delayed:1000000000", later});
  redis().call({"ZADD", "resque:delayed_queue_schedule", "1000000000", "1000000000"});
  Daemon& daemon = start_ready();
  EXPECT_TRUE(marked("now", "end")) << daemon.log();
  EXPECT_TRUE(marked("later", "end")) << daemon.log();
  EXPECT_TRUE(marked("fails-once", "run2")) << daemon.log();
  EXPECT_TRUE(marked("tried-again", "execution3")) << daemon.log();
  EXPECT_TRUE(queue_empties()) << daemon.log();
}

TEST_P(RubyResque, WhatTheAppEnqueuesFromNowOnIsTakenToo) {
  ASSERT_EQ(ruby("jobs.rb",
                 "Narwhal.config.options = { format: 'resque' };"
                 "Marker.perform_later(" +
                     in_quotes(marker_file()) + ")"),
            0)
      << read_file(file("errors"));
  Daemon& daemon = start_ready();
  EXPECT_TRUE(all_marked(1, "end")) << daemon.log();
}

}  // namespace
}  // namespace narwhal::test
