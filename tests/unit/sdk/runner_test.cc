#include "sdk/runner.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/sdk/run_job.h"

namespace Mailers {

struct Welcome : narwhal::Job<Welcome> {
  void perform(std::string name, std::optional<int> times) {
    log_info(name + " " + std::to_string(times.value_or(1)));
  }
};

}  // namespace Mailers

namespace narwhal::test {
namespace {

using namespace std::chrono_literals;

struct Transient : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Timeout : Transient {
  using Transient::Transient;
};

// Throws what its argument says.
struct Thrower {
  static void raise(const std::string& what) {
    if (what == "transient") throw Transient("try again");
    if (what == "timeout") throw Timeout("too slow");
    if (what == "logic") throw std::logic_error("wrong");
    if (what == "postpone") throw Postpone("later");
    if (what == "int") throw 3;
  }
};

struct Ruled : Job<Ruled> {
  static constexpr std::string_view job_class = "Ruled";
  static void configure(JobOptions<Ruled>& options) {
    options.retry_on<Transient, std::range_error>({.attempts = 3, .wait = 10s, .jitter = 0.0})
        .retry_on<Timeout>({.attempts = unlimited,
                            .wait = [](int executions) { return executions * 1min; },
                            .queue = "slow",
                            .priority = 9})
        .discard_on<std::logic_error>();
  }
  void perform(const std::string& what) { Thrower::raise(what); }
};

std::vector<std::string>& trace() {
  static std::vector<std::string> lines;
  return lines;
}

struct Traced : Job<Traced> {
  static constexpr std::string_view job_class = "Traced";
  static void configure(JobOptions<Traced>& options) {
    options.before_perform(&Traced::before)
        .before_perform([](Traced& job) { trace().push_back("before " + job.what); })
        .around_perform([](Traced&, const Next& next) {
          trace().push_back("outer in");
          next();
          trace().push_back("outer out");
        })
        .around_perform(&Traced::around)
        .after_perform([](Traced& job) { trace().push_back("after " + job.what); })
        .discard_on<std::logic_error>()
        .after_discard([](const std::exception_ptr&) { trace().push_back("discarded"); });
  }
  void before() { trace().push_back("first"); }
  void around(const Next& next) {
    if (skip) return;
    next();
    trace().push_back("inner out");
  }
  void perform(const std::string& argument, bool then_skip) {
    what = argument;
    trace().push_back("perform");
    skip = then_skip;
    Thrower::raise(argument);
  }
  std::string what = "unset";
  bool skip = false;
};

struct BadCallback : Job<BadCallback> {
  static constexpr std::string_view job_class = "BadCallback";
  static void configure(JobOptions<BadCallback>& options) {
    options.before_perform([](BadCallback&) { throw 1; });
  }
  void perform() {}
};

struct BadWait : Job<BadWait> {
  static constexpr std::string_view job_class = "BadWait";
  static void configure(JobOptions<BadWait>& options) {
    options.retry_on<int>({.wait = [](int) -> std::chrono::seconds {
      throw std::runtime_error("no idea how long");
    }});
  }
  void perform() { throw 1; }
};

using Rules = JobRunner<Ruled>;

std::string rule_payload(const std::string& what, const std::string& counters) {
  return payload("Ruled", "[\"" + what + "\"]",
                 R"("executions":5,"exception_executions":)" + counters + R"(,"locale":"xx")");
}

TEST(Runner, NamesClassesAsTheyAreWritten) {
  JobRunner<Mailers::Welcome> jobs;
  EXPECT_EQ(jobs.run("Mailers::Welcome", R"(["Ada",2])").kind, NARWHAL_DONE);
  EXPECT_EQ(jobs.run("Mailers::Welcome", R"(["Eve"])").kind, NARWHAL_DONE);
  EXPECT_EQ(jobs.host.lines, (std::vector<std::string>{"Ada 2", "Eve 1"}));
}

TEST(Runner, CountsArguments) {
  JobRunner<Mailers::Welcome, Ruled> jobs;
  EXPECT_EQ(jobs.run("Mailers::Welcome", "[]").message,
            "Mailers::Welcome#perform takes 1 to 2 arguments, got 0");
  EXPECT_EQ(jobs.run("Ruled", "[1,2]").message, "Ruled#perform takes 1 argument, got 2");
  EXPECT_EQ(jobs.run("Ruled", "[1]").message,
            "Ruled#perform argument 1 (std::string): expected a string, got 1");
}

TEST(Runner, RetriesByTheRuleThatMatches) {
  Rules jobs;
  const auto before = std::chrono::system_clock::now();
  const auto& outcome = jobs.run(rule_payload("transient", "{}"));
  ASSERT_EQ(outcome.kind, NARWHAL_RETRIED);
  EXPECT_EQ(outcome.error_class, "narwhal::test::Transient");
  EXPECT_EQ(outcome.message, "try again");
  EXPECT_EQ(outcome.again.queue, "default");
  EXPECT_GE(outcome.again.run_at, before + 10s);
  EXPECT_LT(outcome.again.run_at, before + 70s);

  sdk::Envelope again;
  ASSERT_TRUE(again.read(outcome.again.payload));
  EXPECT_EQ(again.job_id, "id-1");
  EXPECT_EQ(again.executions, 6);
  EXPECT_EQ(again.exception_executions().to_json(),
            R"({"[narwhal::test::Transient, std::range_error]":1})");
  EXPECT_NE(outcome.again.payload.find(R"("locale":"xx")"), std::string::npos);
}

TEST(Runner, StopsRetryingAfterTheLastAttempt) {
  Rules jobs;
  const std::string key = "[narwhal::test::Transient, std::range_error]";
  EXPECT_EQ(jobs.run(rule_payload("transient", "{\"" + key + "\":1}")).kind, NARWHAL_RETRIED);
  const auto& outcome = jobs.run(rule_payload("transient", "{\"" + key + "\":2}"));
  EXPECT_EQ(outcome.kind, NARWHAL_FAILED);
  EXPECT_EQ(outcome.error_class, "narwhal::test::Transient");
}

TEST(Runner, TheLastRuleThatMatchesWins) {
  Rules jobs;
  const auto before = std::chrono::system_clock::now();
  const auto& outcome =
      jobs.run(rule_payload("timeout", R"({"[narwhal::test::Timeout]":7,"[Other]":3})"));
  ASSERT_EQ(outcome.kind, NARWHAL_RETRIED);
  EXPECT_EQ(outcome.again.queue, "slow");
  EXPECT_EQ(outcome.again.priority, 9);
  EXPECT_GE(outcome.again.run_at, before + 8min);

  sdk::Envelope again;
  ASSERT_TRUE(again.read(outcome.again.payload));
  EXPECT_EQ(again.queue_name, "slow");
  EXPECT_EQ(again.priority, 9);
  EXPECT_EQ(again.exception_executions().to_json(),
            R"({"[narwhal::test::Timeout]":8,"[Other]":3})");
}

TEST(Runner, SurvivesStrangeCounters) {
  Rules jobs;
  for (const std::string counters : {"null", "[]", "3", R"({"[narwhal::test::Timeout]":"x"})",
                                     R"({"[narwhal::test::Timeout]":-5})",
                                     R"({"[narwhal::test::Timeout]":9223372036854775807})"}) {
    EXPECT_EQ(jobs.run(rule_payload("timeout", counters)).kind, NARWHAL_RETRIED) << counters;
  }
  EXPECT_EQ(jobs.run(payload("Ruled", R"(["timeout"])", R"("executions":2147483647)")).kind,
            NARWHAL_RETRIED);
}

TEST(Runner, KeepsArgumentsByteForByte) {
  JobRunner<Ruled> jobs;
  const std::string arguments = "[ \"tim\\u0065out\" ]";
  const auto& outcome = jobs.run(payload("Ruled", arguments));
  ASSERT_EQ(outcome.kind, NARWHAL_RETRIED);
  EXPECT_NE(outcome.again.payload.find("\"arguments\":" + arguments), std::string::npos);
}

TEST(Runner, DiscardsPostponesAndFails) {
  Rules jobs;
  EXPECT_EQ(jobs.run("Ruled", R"(["logic"])").kind, NARWHAL_DISCARDED);
  EXPECT_EQ(jobs.run("Ruled", R"(["postpone"])").kind, NARWHAL_POSTPONED);
  EXPECT_EQ(jobs.run("Ruled", R"(["int"])").kind, NARWHAL_FAILED);
  EXPECT_EQ(jobs.run("Ruled", R"(["nothing"])").kind, NARWHAL_DONE);
}

TEST(Runner, RunsCallbacksInOrder) {
  JobRunner<Traced> jobs;
  trace().clear();
  EXPECT_EQ(jobs.run("Traced", R"(["fine",false])").kind, NARWHAL_DONE);
  EXPECT_EQ(trace(), (std::vector<std::string>{"first", "before unset", "outer in", "perform",
                                               "inner out", "outer out", "after fine"}));
}

TEST(Runner, SkipsAfterCallbacksWhenTheJobThrows) {
  JobRunner<Traced> jobs;
  trace().clear();
  EXPECT_EQ(jobs.run("Traced", R"(["logic",false])").kind, NARWHAL_DISCARDED);
  EXPECT_EQ(trace(), (std::vector<std::string>{"first", "before unset", "outer in", "perform",
                                               "discarded"}));
}

TEST(Runner, ExceptionsInCallbacksAreTheJobs) {
  JobRunner<BadCallback, BadWait> jobs;
  EXPECT_EQ(jobs.run("BadCallback", "[]").kind, NARWHAL_FAILED);
  EXPECT_EQ(jobs.run("BadCallback", "[]").error_class, "int");
  EXPECT_EQ(jobs.run("BadWait", "[]").kind, NARWHAL_FAILED);
  EXPECT_EQ(jobs.run("BadWait", "[]").message, "no idea how long");
}

TEST(Runner, ForgetsTheOutcomeBefore) {
  Rules jobs;
  jobs.run("Ruled", R"(["timeout"])");
  const auto& outcome = jobs.run("Ruled", R"(["nothing"])");
  EXPECT_EQ(outcome.error_class + outcome.message + outcome.backtrace + outcome.again.payload, "");
  EXPECT_EQ(outcome.error, nullptr);
}

struct Hungry : Job<Hungry> {
  static constexpr std::string_view job_class = "Hungry";
  void perform(const std::vector<int>& numbers) {
    if (numbers.size() > 1000) throw std::bad_alloc();
  }
};

TEST(Runner, OutlivesALargeJob) {
  JobRunner<Hungry> jobs;
  std::string numbers = "[1";
  for (int i = 0; i < 1'000'000; ++i) numbers += ",1";
  EXPECT_EQ(jobs.run("Hungry", "[" + numbers + "]]").error_class, "std::bad_alloc");
  EXPECT_EQ(jobs.run("Hungry", "[[1]]").kind, NARWHAL_DONE);
}

TEST(Runner, BoundsTheNameOfAnUnknownClass) {
  Rules jobs;
  const auto& outcome = jobs.run(std::string(1'000'000, 'X'), "[]");
  EXPECT_EQ(outcome.kind, NARWHAL_POSTPONED);
  EXPECT_LT(outcome.message.size(), 300U);
}

TEST(App, RefusesTheSameClassTwice) {
  App app;
  app.add<Ruled>();
  EXPECT_THROW(app.add<Ruled>(), std::logic_error);
}

TEST(App, BoundsTheListOfClasses) {
  App app;
  EXPECT_EQ(app.class_list(2), "no job class");
  app.add<Ruled, Traced, BadCallback>();
  EXPECT_EQ(app.class_list(2), "BadCallback, Ruled and 1 more");
}

}  // namespace
}  // namespace narwhal::test
