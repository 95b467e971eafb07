// What a Ruby job can do while it runs: enqueue, ask about itself, be told to stop.
#include <fmt/format.h>

#include <sstream>

#include "tests/runtimes/ruby/ruby_test.h"

namespace narwhal::test {
namespace {

using RubyJob = RubyTest;

TEST_F(RubyJob, JobsEnqueueJobs) {
  config.set("broker.queues", R"(["default", "other"])");
  const std::string job = add("Enqueues", to_marks("20"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_marked(26, "end")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("end"), 26);
  EXPECT_TRUE(daemon.logs("job done", 27));
  EXPECT_EQ(daemon.log_count("job failed"), 0);
}

TEST_F(RubyJob, P75_P76_ArgumentsArriveAsTheyWere) {
  app("arguments.rb");
  add("Sender", "[" + in_quotes(file("values")) + "," + in_quotes(file("keywords")) + "]");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  const std::vector<std::string> values = read_lines(file("values"));
  EXPECT_GT(values.size(), 30U);
  for (const std::string& line : values) EXPECT_EQ(line, "same");
  const std::string keywords = read_file(file("keywords"));
  EXPECT_EQ(count_of(keywords, "[1, {\"a\"=>2}] {}\n"), 1) << keywords;
  EXPECT_EQ(count_of(keywords, "[{:b=>3}] {:c=>{:d=>:e}}\n"), 1) << keywords;
  EXPECT_EQ(daemon.log_count("job failed"), 0);
}

TEST_F(RubyJob, P77_ALocaleThatIsNotThereFailsThatJobOnly) {
  config.set("workers", 1).set("retry.max_attempts", 1);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string payload = R"({"job_class":"Marker","job_id":"x","arguments":)" + to_marks() +
                          R"(,"locale":"en","timezone":"UTC"})";
    payload.replace(payload.find(from), from.size(), to);
    return queue.add_payload(payload);
  };
  const std::string locale = with("\"en\"", "\"xx\"");
  const std::string zone = with("\"UTC\"", "\"Mars/Olympus\"");
  with("\"en\"", "null");
  with(",\"locale\":\"en\",\"timezone\":\"UTC\"", "");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(dies(locale)) << daemon.log();
  ASSERT_TRUE(dies(zone));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().count("x", "end"), 2);
  EXPECT_NE(dead_letter(locale).reason.find("I18n::InvalidLocale"), std::string::npos);
  EXPECT_NE(dead_letter(zone).reason.find("Mars/Olympus"), std::string::npos);
}

TEST_F(RubyJob, P74_AMissingRecordIsTheJobsAffair) {
  app("arguments.rb");
  config.set("retry.max_attempts", 1);
  const std::string gone = R"([{"_aj_globalid":"gid://test/Person/gone"}])";
  const std::string polite = add("Polite", gone);
  const std::string job = add("Visit", gone);
  Daemon& daemon = start_ready();
  ASSERT_TRUE(dies(job)) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_TRUE(daemon.logs("job discarded", 1));
  const std::string shown = narwhal({"dead", "show", job}).output;
  EXPECT_NE(shown.find("ActiveJob::DeserializationError"), std::string::npos) << shown;
  EXPECT_NE(shown.find("caused by IndexError: no person gone"), std::string::npos) << shown;
}

TEST_F(RubyJob, ContextTellsTheJobAboutItself) {
  config.text("limits.job_timeout", "20s");
  add("Context", to_file("said"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties());
  const std::string said = read_file(file("said"));
  EXPECT_TRUE(said.starts_with("true,default,1,0,0,Time,true,false,narwhal: worker ")) << said;
  EXPECT_TRUE(said.ends_with(": half way")) << said;
  ASSERT_TRUE(daemon.logs("job done"));
  for (const Process& worker : daemon.workers()) {
    EXPECT_EQ(worker.title.find("half way"), std::string::npos) << worker.title;
  }
}

TEST_F(RubyJob, SoftTimeoutIsAnExceptionToRescueOrNot) {
  config.text("limits.soft_timeout", "500ms").text("limits.job_timeout", "20s");
  config.set("retry.max_attempts", 1);
  const std::string rescues = add("Slow", to_marks("true"));
  const std::string fails = add("Slow", to_marks("false"));
  const std::string busy = add("Loops", to_marks("false"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(dies(fails)) << daemon.log();
  ASSERT_TRUE(dies(busy));
  ASSERT_TRUE(queue_empties());
  for (const std::string& job : {rescues, fails, busy}) {
    EXPECT_EQ(marks().count(job, "rescued"), 1);
    EXPECT_EQ(marks().count(job, "ensured"), 1);
  }
  EXPECT_NE(dead_letter(fails).reason.find("Narwhal::JobTimeout: over soft_timeout"),
            std::string::npos);
  EXPECT_EQ(queue.dead().size(), 2U);
  EXPECT_EQ(daemon.log_count("worker ready"), 2);
}

TEST_F(RubyJob, ASoftTimeoutThatComesTooLateHitsNoOtherJob) {
  config.text("limits.soft_timeout", "20ms");
  for (int i = 0; i < 200; ++i) add("Brief", to_marks(std::to_string(17 + i % 6)));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  std::string told;
  std::istringstream log(daemon.log());
  for (std::string line; std::getline(log, line);) {
    if (line.find(" soft timeout ") != std::string::npos) told += line;
  }
  for (const Mark& mark : marks().all()) {
    if (mark.what != "timeout") continue;
    EXPECT_NE(told.find(mark.job), std::string::npos) << mark.job;
  }
  EXPECT_GE(marks().total("end") + marks().total("timeout"), 200);
  EXPECT_EQ(daemon.log_count("worker ready"), 2) << "a worker was replaced";
}

TEST_F(RubyJob, HardTimeoutKills) {
  config.text("limits.job_timeout", "300ms").set("retry.max_attempts", 1);
  const std::string job = add("Slow", to_marks("true"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(dies(job)) << daemon.log();
  EXPECT_NE(dead_letter(job).reason.find("over job_timeout"), std::string::npos);
  EXPECT_EQ(marks().count(job, "ensured"), 0);
  EXPECT_TRUE(marked(add("Marker", to_marks()), "end"));
}

TEST_F(RubyJob, AContinuationIsToldToStop) {
  config.set("workers", 1);
  const std::string job = add("UntilStopping", to_marks());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "start"));
  EXPECT_EQ(daemon.end(SIGQUIT), 0) << daemon.log();
  EXPECT_EQ(marks().count(job, "stopping"), 1);
  EXPECT_TRUE(daemon.logs("job done", 1));
}

}  // namespace
}  // namespace narwhal::test
