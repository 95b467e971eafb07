#include "master/history.h"

#include <gtest/gtest.h>

#include "narwhal/delivery.h"
#include "narwhal/orphan_run.h"

namespace narwhal {
namespace {

constexpr WallTime kNow{std::chrono::seconds{1'700'000'000}};

RunReport crash() {
  RunReport report;
  report.outcome = RunOutcome::crashed;
  report.error_class = "narwhal::WorkerDied";
  report.message = "killed by SIGSEGV";
  report.signal = 11;
  report.max_rss_kib = 4096;
  report.took = std::chrono::milliseconds{1500};
  report.worker = 2;
  report.pid = 4711;
  return report;
}

TEST(History, RecordsWhatARunLeftBehind) {
  EXPECT_EQ(add_to_history("", crash(), 2, kNow),
            R"([{"at":"2023-11-14T22:13:20Z","outcome":"crashed","attempt":2,"ms":1500,"worker":2,)"
            R"("pid":4711,"error_class":"narwhal::WorkerDied","message":"killed by SIGSEGV",)"
            R"("signal":"SIGSEGV","max_rss_kib":4096}])");
}

TEST(History, KeepsTheLastTenRuns) {
  std::string history;
  for (std::uint32_t attempt = 1; attempt <= 15; ++attempt) {
    history = add_to_history(history, crash(), attempt, kNow);
  }
  EXPECT_EQ(history.find("\"attempt\":5,"), std::string::npos);
  EXPECT_NE(history.find("\"attempt\":6,"), std::string::npos);
  EXPECT_NE(history.find("\"attempt\":15,"), std::string::npos);
}

TEST(History, StaysWithinItsBound) {
  const std::string huge(1 << 20, 'x');
  RunReport report = crash();
  report.message = huge;
  report.backtrace = huge;
  std::string history;
  for (std::uint32_t attempt = 1; attempt <= 12; ++attempt) {
    history = add_to_history(history, report, attempt, kNow);
    ASSERT_LE(history.size(), kMaxHistory);
  }
  EXPECT_NE(history.find("\"attempt\":12,"), std::string::npos);
  EXPECT_NE(history.find("(cut)"), std::string::npos);
}

TEST(History, TextThatIsNotUtf8IsStoredReadably) {
  RunReport report = crash();
  const std::string message{"bad \xff\0 byte, good é", 20};
  report.message = message;
  const std::string history = add_to_history("", report, 1, kNow);
  EXPECT_NE(history.find(R"("message":"bad \\xff\\x00 byte, good é")"), std::string::npos)
      << history;
}

TEST(History, AHistoryThatCannotBeReadStartsAfresh) {
  for (const char* broken : {"{", "null", "\xff", "[1,2", "{\"a\":1}"}) {
    const std::string history = add_to_history(broken, crash(), 1, kNow);
    EXPECT_EQ(history.find("[{\"at\""), 0U) << broken;
  }
  EXPECT_EQ(add_to_history("[1,\"x\"]", crash(), 1, kNow), add_to_history("", crash(), 1, kNow));
}

TEST(OrphanRun, SaysWhoseMasterDied) {
  EXPECT_EQ(add_orphan_run("", {"web-1", 4711, kNow, 2}),
            R"([{"at":"2023-11-14T22:13:20Z","outcome":"crashed","attempt":2,)"
            R"("error_class":"narwhal::MasterDied",)"
            R"("message":"the master died with the job in hand: name=web-1 pid=4711"}])");
  EXPECT_NE(add_orphan_run("", {"", 0, kNow, 1})
                .find(R"("message":"the master died, or lost its lease, with the job in hand")"),
            std::string::npos);
  EXPECT_NE(add_orphan_run("", {"a\"\\\xff\n", 0, kNow, 1}).find("name=a????\""),
            std::string::npos);
}

TEST(OrphanRun, StandsBetweenTheRunsOfWorkers) {
  const std::string earlier = add_to_history("", crash(), 1, kNow);
  const std::string orphan = add_orphan_run(earlier, {"web-1", 1, kNow, 2});
  EXPECT_EQ(orphan.find(earlier.substr(0, earlier.size() - 1) + ",{\"at\""), 0U) << orphan;
  const std::string later = add_to_history(orphan, crash(), 3, kNow);
  EXPECT_EQ(later.find(orphan.substr(0, orphan.size() - 1) + ",{\"at\""), 0U) << later;
}

TEST(OrphanRun, TheOldestRunsMakeRoom) {
  RunReport report = crash();
  report.message = report.backtrace = "[{\"}],{\\";
  std::string history = add_to_history("", report, 1, kNow);
  for (std::uint32_t attempt = 2; attempt <= 1000; ++attempt) {
    history = add_orphan_run(history, {"web-1", 1, kNow, attempt});
    ASSERT_LE(history.size(), kMaxHistory);
  }
  EXPECT_EQ(history.find("WorkerDied"), std::string::npos);
  EXPECT_NE(history.find("\"attempt\":999,"), std::string::npos);
  EXPECT_NE(history.find("\"attempt\":1000,"), std::string::npos);
  // Still a list of runs: the next one is added, and the bound on their number holds again.
  const std::string next = add_to_history(history, crash(), 1001, kNow);
  EXPECT_NE(next.find("\"attempt\":1000,"), std::string::npos);
  EXPECT_EQ(next.find("\"attempt\":900,"), std::string::npos);
}

TEST(OrphanRun, AHistoryThatIsNoListOfRunsStartsAfresh) {
  for (const char* broken : {"{", "null", "[]", "[1,2", "{\"a\":1}", "[1,\"x\"]"}) {
    EXPECT_EQ(add_orphan_run(broken, {"", 0, kNow, 1}), add_orphan_run("", {"", 0, kNow, 1}))
        << broken;
  }
}

}  // namespace
}  // namespace narwhal
