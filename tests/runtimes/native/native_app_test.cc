// Drives libtest_jobs.so through the C boundary, as the daemon does.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/runtimes/native/fake_host.h"

namespace narwhal::test {
namespace {

class NativeApp : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/narwhal-native-XXXXXX";
    directory_ = ::mkdtemp(name);
    ASSERT_EQ(host_.problem(), "");
    ASSERT_EQ(host_.load(), "");
    ASSERT_EQ(host_.start_worker(3), "");
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string file() const { return directory_ + "/out"; }
  [[nodiscard]] std::string quoted_file() const { return "\"" + file() + "\""; }
  [[nodiscard]] std::string written() const {
    std::ifstream in(file());
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

  // Runs the job in a child; its wait status.
  int execute_in_child(const std::string& job_class, const std::string& arguments) {
    const pid_t child = ::fork();
    if (child == 0) {
      host_.start_worker(0);
      host_.execute(job_class, arguments);
      ::_exit(99);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }

  FakeHost host_{TEST_JOBS};
  std::string directory_;
};

TEST_F(NativeApp, DescribesItself) {
  EXPECT_EQ(host_.runtime()->abi, NARWHAL_RUNTIME_ABI);
  EXPECT_EQ(host_.runtime()->size, sizeof(narwhal_runtime));
  EXPECT_STREQ(host_.runtime()->name, "native");
  EXPECT_STRNE(host_.runtime()->version, "");
}

TEST_F(NativeApp, RunsAJob) {
  const Outcome outcome = host_.execute("Marker", "[" + quoted_file() + "]");
  EXPECT_EQ(outcome.kind, NARWHAL_DONE);
  EXPECT_EQ(outcome.job_class, "Marker");
  EXPECT_EQ(outcome.error_class, "");
  const std::string mark = "0191-test " + std::to_string(::getpid());
  EXPECT_EQ(written(), mark + " start\n" + mark + " end\n");
}

TEST_F(NativeApp, PassesEveryTypeUnchanged) {
  const Outcome outcome = host_.execute(
      "AllTypes",
      "[" + quoted_file() +
          R"(,true,-9223372036854775808,18446744073709551615,0.1,"a\u00e9\u0000\"",[1,-2],{"k":3},)"
          R"({"width":1,"height":2,"_aj_symbol_keys":["width","height"]},null])");
  EXPECT_EQ(outcome.kind, NARWHAL_DONE) << outcome.message;
  EXPECT_EQ(written(),
            "[true,-9223372036854775808,18446744073709551615,0.1,\"aé\\u0000\\\"\",[1,-2],"
            "{\"k\":3},1,2,null,null]\n");
}

TEST_F(NativeApp, KeepsNumbersExact) {
  const std::string numbers =
      "[130775545883395173,9007199254740993,-9223372036854775808,1e400,"
      "1234567890123456789012345678901234567890]";
  host_.execute("Echo", "[" + quoted_file() + "," + numbers + "]");
  EXPECT_EQ(written(), numbers + "\n");
}

TEST_F(NativeApp, NamesTheArgumentThatIsWrong) {
  const Outcome outcome = host_.execute("Sleep", "[5000000000]");
  EXPECT_EQ(outcome.kind, NARWHAL_FAILED);
  EXPECT_EQ(outcome.error_class, "narwhal::ArgumentError");
  EXPECT_EQ(outcome.message,
            "Sleep#perform argument 1 (int): expected an integer from -2147483648 to 2147483647, "
            "got 5000000000");
}

TEST_F(NativeApp, TurnsExceptionsOfAnyKindIntoText) {
  const auto thrown = [&](const std::string& kind) {
    return host_.execute("Throw", "[\"" + kind + "\"]");
  };
  EXPECT_EQ(thrown("int").error_class, "int");
  EXPECT_EQ(thrown("int").message, "42");
  EXPECT_EQ(thrown("text").error_class, "char const*");
  EXPECT_EQ(thrown("text").message, "plain text");
  EXPECT_EQ(thrown("string").message, "a string");
  EXPECT_EQ(thrown("custom").error_class, "test_jobs::Custom");
  EXPECT_EQ(thrown("bad_alloc").error_class, "std::bad_alloc");
  EXPECT_EQ(thrown("bytes").message, "bad \\xFF\\xFE bytes \\xED\\xA0\\xBD");
  EXPECT_LT(thrown("huge").message.size(), 20'000U);
  EXPECT_EQ(thrown("nested").error_class, "std::runtime_error");
  EXPECT_EQ(thrown("nested").backtrace, "caused by std::invalid_argument: the inner reason\n");
  EXPECT_EQ(thrown("postpone").kind, NARWHAL_POSTPONED);
  EXPECT_EQ(thrown("int").kind, NARWHAL_FAILED);
}

TEST_F(NativeApp, PostponesAnUnknownClass) {
  for (const std::string name : {"Missing", "Kernel", "", "../../x", "marker"}) {
    const Outcome outcome = host_.execute(name, "[]");
    EXPECT_EQ(outcome.kind, NARWHAL_POSTPONED) << name;
    EXPECT_EQ(outcome.error_class, "narwhal::UnknownJobClass");
    EXPECT_TRUE(
        outcome.message.starts_with("unknown job class \"" + name + "\"; this app has Abort"))
        << outcome.message;
  }
}

TEST_F(NativeApp, RejectsWhatIsNoJob) {
  for (const std::string payload :
       {"", " ", "{", "[]", "null", "\"x\"", "{}", "{\"job_class\":1}"}) {
    const Outcome outcome = host_.execute(payload);
    EXPECT_EQ(outcome.kind, NARWHAL_REJECTED) << payload;
    EXPECT_EQ(outcome.error_class, "narwhal::MalformedPayload");
    EXPECT_NE(outcome.message.find(" at byte "), std::string::npos) << outcome.message;
  }
}

TEST_F(NativeApp, RetriesByItsOwnRule) {
  const Outcome outcome = host_.execute("RetryTimes", "[" + quoted_file() + ",1]");
  ASSERT_EQ(outcome.kind, NARWHAL_RETRIED);
  EXPECT_EQ(outcome.error_class, "test_jobs::TryLater");
  EXPECT_GT(outcome.again.run_at, 0);
  EXPECT_NE(outcome.again.payload.find("\"executions\":1"), std::string::npos);
  EXPECT_NE(outcome.again.payload.find(R"("exception_executions":{"[test_jobs::TryLater]":1})"),
            std::string::npos);
  EXPECT_EQ(host_.execute(outcome.again.payload).kind, NARWHAL_DONE);
  EXPECT_EQ(written(), "0191-test execution 1 fail\n0191-test execution 2 done\n");
}

TEST_F(NativeApp, DiscardsByItsOwnRule) {
  const Outcome outcome = host_.execute("Discarded", "[" + quoted_file() + "]");
  EXPECT_EQ(outcome.kind, NARWHAL_DISCARDED);
  EXPECT_EQ(outcome.error_class, "std::out_of_range");
}

TEST_F(NativeApp, TellsTheJobAboutItsRun) {
  host_.job.attempt = 4;
  host_.job.crashes = 2;
  host_.job.priority = -7;
  host_.job.enqueued_at = 1'000'001;
  host_.job.deadline = 2'000'002;
  host_.execute("Context", "[" + quoted_file() + "]");
  EXPECT_EQ(written(), R"({"job_id":"0191-test","queue_name":"default","priority":-7,)"
                       R"("executions":1,"attempt":4,"crashes":2,"enqueued_at":1000001,)"
                       R"("deadline":2000002,"arguments":[)" +
                           quoted_file() + R"(],"pid":)" + std::to_string(::getpid()) + "}\n");
}

TEST_F(NativeApp, SeesThatItShouldStop) {
  host_.state = NARWHAL_STATE_STOPPING;
  EXPECT_EQ(host_.execute("HoldUntilStopping", "[" + quoted_file() + ",60000]").kind, NARWHAL_DONE);
  host_.state = NARWHAL_STATE_SOFT_TIMEOUT;
  EXPECT_EQ(host_.execute("PostponeWhenStopping", "[" + quoted_file() + ",60000]").kind,
            NARWHAL_POSTPONED);
}

TEST_F(NativeApp, MovesItsDeadline) {
  host_.has_deadline = true;
  host_.execute("ExtendDeadline", "[" + quoted_file() + ",2,2]");
  EXPECT_EQ(host_.extensions, (std::vector<std::uint64_t>{2, 2}));
  EXPECT_EQ(written(), "0191-test done\n");
}

TEST_F(NativeApp, LogsThroughTheHost) {
  host_.execute("Log", R"(["warning","careful",2])");
  EXPECT_EQ(host_.log, (std::vector<std::string>{"2 careful", "2 careful"}));
}

TEST_F(NativeApp, EnqueuesThroughTheHost) {
  ASSERT_EQ(host_.execute("EnqueueMany", "[" + quoted_file() + ",3,\"slow\",false]").kind,
            NARWHAL_DONE);
  ASSERT_EQ(host_.enqueued.size(), 3U);
  EXPECT_EQ(host_.enqueued[0].queue, "slow");
  EXPECT_EQ(host_.enqueued[0].id.size(), 36U);
  EXPECT_LT(host_.enqueued[0].run_at, 0);
  EXPECT_EQ(host_.execute(host_.enqueued[2].payload).kind, NARWHAL_DONE);
}

TEST_F(NativeApp, FailsWhenTheHostCannotEnqueue) {
  host_.refuse_enqueue = "the broker is away";
  const Outcome outcome = host_.execute("EnqueueDelayed", "[" + quoted_file() + ",1]");
  EXPECT_EQ(outcome.kind, NARWHAL_FAILED);
  EXPECT_EQ(outcome.error_class, "narwhal::EnqueueError");
  EXPECT_EQ(outcome.message, "unable to enqueue: Marker: the broker is away");
}

TEST_F(NativeApp, EnqueuesOnlyFromTheJobsOwnThreadAndProcess) {
  host_.execute("EnqueueElsewhere", "[" + quoted_file() + ",\"thread\"]");
  host_.execute("EnqueueElsewhere", "[" + quoted_file() + ",\"fork\"]");
  EXPECT_EQ(written(),
            "unable to enqueue: Marker: this thread runs no job and has no producer "
            "(narwhal::UseProducer)\n"
            "unable to enqueue: Marker: this process was forked by a job and has no line to the "
            "daemon\n");
  EXPECT_TRUE(host_.enqueued.empty());
}

TEST_F(NativeApp, RunsHooks) {
  host_.execute("HookProbe", "[" + quoted_file() + "]");
  EXPECT_TRUE(written().starts_with("prepare_fork=1 before_fork=1 after_fork=1 slot=3"))
      << written();
}

TEST_F(NativeApp, ChildOfAJobDoesNotGoOnAsAWorker) {
  EXPECT_EQ(host_.execute("ForkAndReturn", "[" + quoted_file() + "]").kind, NARWHAL_DONE);
  EXPECT_EQ(written().size(), std::string("0191-test child\n0191-test parent\n").size());
}

TEST_F(NativeApp, DiesAsTheJobWants) {
  EXPECT_EQ(WEXITSTATUS(execute_in_child("Exit", R"(["exit",7])")), 7);
  EXPECT_EQ(WEXITSTATUS(execute_in_child("Exit", R"(["_exit",8])")), 8);
  EXPECT_EQ(WTERMSIG(execute_in_child("KillSelf", "[9]")), SIGKILL);
}

// Which symbols a .so shows decides what it can clash with.
TEST_F(NativeApp, ExportsItsEntryOnly) {
  std::FILE* nm = ::popen("nm -D --defined-only " TEST_JOBS " | awk '{print $3}'", "r");
  ASSERT_NE(nm, nullptr);
  std::string symbols;
  for (int c = std::fgetc(nm); c != EOF; c = std::fgetc(nm))
    symbols.push_back(static_cast<char>(c));
  ::pclose(nm);
  EXPECT_EQ(symbols, "narwhal_runtime_v1\n");
}

TEST(BadApp, OfAnotherAbiSaysSo) {
  const FakeHost host(BAD_ABI);
  ASSERT_EQ(host.problem(), "");
  EXPECT_NE(host.runtime()->abi, NARWHAL_RUNTIME_ABI);
}

TEST(BadApp, WithoutAnEntry) {
  const FakeHost host(BAD_ENTRY);
  EXPECT_NE(host.problem().find(NARWHAL_RUNTIME_SYMBOL), std::string::npos) << host.problem();
}

TEST(BadApp, WithAnUndefinedSymbol) {
  const FakeHost host(BAD_SYMBOL);
  EXPECT_NE(host.problem().find("narwhal_test_missing_function"), std::string::npos)
      << host.problem();
}

TEST(BadApp, ThatThrowsWhileLoading) {
  FakeHost host(BAD_LOAD);
  EXPECT_EQ(host.load(),
            "unable to load app: libtest.so: std::runtime_error: no database in this test");
}

TEST(BadApp, WithAHookThatHangsWorksWithoutTheVariable) {
  FakeHost host(BAD_HOOK);
  ASSERT_EQ(host.load(), "");
  EXPECT_EQ(host.start_worker(0), "");
  EXPECT_EQ(host.start_worker(1), "");
}

TEST(BadAppDeathTest, WhoseConstructorAborts) {
  EXPECT_EXIT(FakeHost host(BAD_CONSTRUCTOR), ::testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace narwhal::test
