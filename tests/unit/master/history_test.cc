#include "master/history.h"

#include <gtest/gtest.h>

#include "narwhal/delivery.h"

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

}  // namespace
}  // namespace narwhal
