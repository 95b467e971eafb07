// The write-ahead log stays short under load, and the database stays whole.
#include <filesystem>

#include "sqlite_test.h"

namespace narwhal::test {
namespace {

using SqliteLog = SqliteTest;

TEST_F(SqliteLog, ItDoesNotGrowWithoutBound) {
  constexpr std::size_t kJobs = 20'000;
  NewJob job;
  job.payload.assign(300, 'x');
  ASSERT_TRUE(producer()->enqueue_all(std::vector<NewJob>(kJobs, job)).ok());
  auto pump = open();
  std::size_t done = 0;
  std::uintmax_t longest = 0;
  while (done < kJobs) {
    pump->turn(20, std::chrono::seconds{1});
    done += pump->deliveries.size();
    for (auto& each : pump->deliveries) pump->broker().settle(std::move(each), Verdict{});
    pump->deliveries.clear();
    const auto length = std::filesystem::file_size(path + "-wal");
    longest = std::max(longest, length);
  }
  EXPECT_TRUE(pump->confirm());
  EXPECT_LT(longest, std::uintmax_t{48} << 20);
  EXPECT_EQ(raw().text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(raw().integer("SELECT count(*) FROM jobs"), 0);
}

// A reader that never lets go keeps the log from being cut, not the master from working.
TEST_F(SqliteLog, ALongReaderStopsNobody) {
  constexpr std::size_t kJobs = 5'000;
  NewJob job;
  job.payload.assign(3000, 'x');
  ASSERT_TRUE(producer()->enqueue_all(std::vector<NewJob>(kJobs, job)).ok());
  auto reader = raw();
  reader.run("BEGIN");
  EXPECT_EQ(reader.integer("SELECT count(*) FROM jobs"), std::int64_t{kJobs});
  auto pump = open();
  std::size_t done = 0;
  ASSERT_TRUE(pump->until(20, [&] {
    done += pump->deliveries.size();
    for (auto& each : pump->deliveries) pump->broker().settle(std::move(each), Verdict{});
    pump->deliveries.clear();
    return done == kJobs;
  }));
  EXPECT_TRUE(pump->confirm());
  EXPECT_TRUE(pump->errors.empty());
  EXPECT_EQ(reader.integer("SELECT count(*) FROM jobs"), std::int64_t{kJobs});
}

}  // namespace
}  // namespace narwhal::test
