// What becomes of Ruby jobs: each way out of perform, Active Job's own rules, payloads that are no
// job.
#include <fmt/format.h>

#include "tests/runtimes/ruby/ruby_test.h"

namespace narwhal::test {
namespace {

class RubyOutcome : public RubyTest {
 protected:
  RubyOutcome() { config.set("retry.max_attempts", 1).set("retry.crash_limit", 1); }

  // The reason why a job that ends in that way is dead.
  std::string reason_of(const std::string& way) { return dead_letter(jobs_.at(way)).reason; }
  void end_by(const std::string& way) { jobs_[way] = add("Ends", "[" + in_quotes(way) + "]"); }
  bool all_die() {
    return eventually([this] { return queue.dead().size() == jobs_.size(); });
  }

 private:
  std::map<std::string, std::string> jobs_;
};

TEST_F(RubyOutcome, RunsJobs) {
  const std::string job = add("Marker", to_marks());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "end")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_TRUE(daemon.logs("job done", 1));
  EXPECT_TRUE(daemon.logs("class=Marker", 1));
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
}

TEST_F(RubyOutcome, ExceptionsOfEveryKindAreTexts) {
  for (const char* way :
       {"throw_tag", "deep", "bad_text", "anonymous", "raising_message", "not_implemented"}) {
    end_by(way);
  }
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_die()) << daemon.log();
  const auto has = [&](const std::string& way, const std::string& text) {
    EXPECT_NE(reason_of(way).find(text), std::string::npos) << reason_of(way);
  };
  has("throw_tag", "UncaughtThrowError: uncaught throw :nowhere");
  has("deep", "SystemStackError: stack level too deep");
  has("bad_text", "RuntimeError: no ");
  has("anonymous", "#<Class:0x");
  has("not_implemented", "NotImplementedError: later");
  EXPECT_EQ(daemon.workers_ready(2), true);
  EXPECT_EQ(daemon.log_count("worker ready"), 2);  // nobody was replaced
}

TEST_F(RubyOutcome, AJobThatEndsItsProcessFailsAndTheWorkerIsReplaced) {
  config.set("workers", 1);
  for (const char* way : {"exit_3", "abort_job", "no_memory", "kill_thread", "interrupt"}) {
    end_by(way);
  }
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_die()) << daemon.log();
  EXPECT_NE(reason_of("exit_3").find("SystemExit: the job called exit(3)"), std::string::npos);
  EXPECT_NE(reason_of("abort_job").find("exit(1): out of ink"), std::string::npos);
  EXPECT_NE(reason_of("no_memory").find("NoMemoryError"), std::string::npos);
  EXPECT_NE(reason_of("kill_thread").find("SystemExit"), std::string::npos);
  EXPECT_NE(reason_of("interrupt").find("Interrupt"), std::string::npos);
  ASSERT_TRUE(daemon.workers_ready(6)) << daemon.log();
  EXPECT_EQ(daemon.log_count("job crashed"), 0) << daemon.log();
  EXPECT_EQ(daemon.log_count("worker died"), 0) << "whatever was sent ahead to it";
  EXPECT_TRUE(marked(add("Marker", to_marks()), "end"));
}

TEST_F(RubyOutcome, AWorkerThatDiesIsACrash) {
  end_by("exit_bang");
  end_by("segfault");
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_die()) << daemon.log();
  EXPECT_NE(reason_of("exit_bang").find("exited with status 7"), std::string::npos);
  EXPECT_NE(reason_of("segfault").find("killed by SIG"), std::string::npos)
      << reason_of("segfault");
  ASSERT_TRUE(daemon.logs("job dead", 2)) << daemon.log();
  for (const std::string& line : daemon.log_lines("job dead")) {
    EXPECT_NE(line.find("class=Ends"), std::string::npos) << line;
  }
  EXPECT_TRUE(marked(add("Marker", to_marks()), "end"));
}

TEST_F(RubyOutcome, AFailureTellsItsCausesAndWhereItWas) {
  const std::string job = add("Fails");
  start_ready();
  ASSERT_TRUE(dies(job));
  const std::string shown = narwhal({"dead", "show", job}).output;
  for (const char* text :
       {"OuterError", "the outer reason", "jobs.rb", "caused by ArgumentError: the inner reason"}) {
    EXPECT_NE(shown.find(text), std::string::npos) << text << " in " << shown;
  }
  EXPECT_EQ(shown.find("narwhal/runtime/"), std::string::npos) << shown;
}

TEST_F(RubyOutcome, RetryOnKeepsTheIdAndSpendsNoAttempt) {
  const std::string job = add("RetryTimes", to_marks());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(marked(job, "execution3")) << daemon.log();
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("execution1") + marks().total("execution2"), 2);
  EXPECT_TRUE(daemon.logs("job retried", 2));
  EXPECT_TRUE(daemon.logs("error=\"ArgumentError: not yet\"", 2));
  EXPECT_TRUE(daemon.logs("job done", 1));
  EXPECT_EQ(daemon.log_count("attempt=2"), 0);
}

TEST_F(RubyOutcome, JobsMayGiveUp) {
  const std::string discarded = add("GivesUp", to_marks(R"("IndexError")"));
  const std::string stopped = add("GivesUp", to_marks(R"("ArgumentError")"));
  const std::string failed = add("GivesUp", to_marks(R"("KeyError")"));  // an IndexError
  const std::string dead = add("GivesUp", to_marks(R"("EncodingError")"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(dies(dead));
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_EQ(marks().count(discarded, "discarded"), 1);
  EXPECT_EQ(marks().count(failed, "discarded"), 1);
  EXPECT_EQ(marks().count(stopped, "run"), 2);
  EXPECT_EQ(marks().count(stopped, "stopped"), 1);
  EXPECT_TRUE(daemon.logs("job discarded", 3));
  EXPECT_EQ(queue.dead().size(), 1U);
}

TEST_F(RubyOutcome, ARetryMayChangeQueueAndPriority) {
  config.set("broker.queues", R"(["default", "other"])");
  const std::string job = add("RetriesItself", to_marks());
  start_ready();
  ASSERT_TRUE(marked(job, "other/7/2"));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().count(job, "default/nil/1"), 1);
}

TEST_F(RubyOutcome, ACopyOfItselfIsAnotherJob) {
  add("Copies", to_marks());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(daemon.logs("job done", 2));
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_EQ(daemon.log_count("job retried"), 0);
}

TEST_F(RubyOutcome, P72_UnknownClassesArePostponed) {
  for (const char* name :
       {"Missing", "Kernel", "String", "", "../../x", "marker", "Job::Missing"}) {
    add(name);
  }
  Daemon& daemon = start_ready();
  ASSERT_TRUE(eventually([&] {
    return queue.number("SELECT count(*) FROM jobs WHERE postponed > 0 AND state <> 3") == 7;
  })) << daemon.log();
  EXPECT_GE(daemon.log_count("unknown job class"), 7);
  EXPECT_GE(daemon.log_count("it is no job"), 2);
  EXPECT_TRUE(marked(add("Marker", to_marks()), "end"));
  EXPECT_EQ(daemon.log_count("worker ready"), 2);
}

TEST_F(RubyOutcome, P68_P69_WhatIsNoJobIsDeadAtOnceWithItsBytes) {
  config.set("retry.max_attempts", 5);
  const std::vector<std::string> payloads = {"",
                                             " ",
                                             "{",
                                             "[]",
                                             "null",
                                             "\"x\"",
                                             "{}",
                                             R"({"job_class":1})",
                                             class_payload("Marker", "[]") + "x",
                                             "\xEF\xBB\xBF{}",
                                             R"({"job_class":"Marker","arguments":[")"
                                             "\xED\xA0\xBD"
                                             R"("]})",
                                             "\xff\xfe",
                                             std::string(100'000, '[')};
  std::map<std::string, std::string> ids;
  for (const std::string& payload : payloads) ids[queue.add_payload(payload)] = payload;
  Daemon& daemon = start_ready();
  ASSERT_TRUE(eventually([&] { return queue.dead().size() == payloads.size(); })) << daemon.log();
  for (const DeadLetter& letter : queue.dead()) {
    EXPECT_NE(letter.reason.find("Narwhal::MalformedPayload: "), std::string::npos);
    EXPECT_EQ(letter.payload, ids.at(letter.id));
  }
  EXPECT_TRUE(marked(add("Marker", to_marks()), "end"));
  EXPECT_EQ(daemon.log_count("worker ready"), 2);
}

}  // namespace
}  // namespace narwhal::test
