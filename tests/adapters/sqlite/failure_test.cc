// A full disk, a file that may not be written, is damaged, deleted or replaced: the master gets an
// error, keeps what it has to record, and carries on once the cause is gone.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sqlite_test.h"

namespace narwhal::test {
namespace {

namespace fs = std::filesystem;

class SqliteFailure : public SqliteTest {
 protected:
  [[nodiscard]] std::string kept() const { return directory.file("kept.db"); }
  void rename_all(const std::string& from, const std::string& to) {
    for (const std::string suffix : {"", "-wal", "-shm"}) {
      if (fs::exists(from + suffix)) fs::rename(from + suffix, to + suffix);
    }
  }
  void remove_all() {
    for (const std::string suffix : {"", "-wal", "-shm"}) fs::remove(path + suffix);
  }
};

// No file may grow while one exists: to a writer the same as a disk without room.
class FullDisk {
 public:
  FullDisk() {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, SIG_DFL);
  }

 private:
  rlimit before_{};
};

TEST_F(SqliteFailure, AFullDiskLosesNothing) {
  enqueue("first");
  enqueue("second");
  auto pump = open();
  const Delivery job = pump->take_one();
  {
    const FullDisk full;
    pump->broker().settle(job, Verdict{});
    ASSERT_TRUE(pump->until(1, [&] { return pump->errors.size() >= 3; }));
    EXPECT_EQ(pump->broker().unconfirmed(), 1U);
    EXPECT_TRUE(pump->deliveries.empty());
  }
  ASSERT_TRUE(pump->confirm());
  EXPECT_TRUE(pump->lost.empty());
  EXPECT_EQ(pump->take_one().payload, "second");
  EXPECT_EQ(raw().integer("SELECT count(*) FROM jobs"), 1);
}

TEST_F(SqliteFailure, AFullDiskIsToldToProducers) {
  auto source = producer();
  auto pump = open();
  {
    const FullDisk full;
    EXPECT_FALSE(source->enqueue(NewJob{}).ok());
    EXPECT_FALSE(pump->publish(NewJob{}).ok());
  }
  EXPECT_EQ(raw().integer("SELECT count(*) FROM jobs"), 0);
  EXPECT_TRUE(source->enqueue(NewJob{}).ok());
  EXPECT_TRUE(pump->publish(NewJob{}).ok());
}

TEST_F(SqliteFailure, AFileThatMayNotBeWrittenIsRefusedByName) {
  enqueue("job");
  fs::permissions(path, fs::perms::owner_read | fs::perms::others_read);
  fs::permissions(directory.path(), fs::perms::all);
  const pid_t child = ::fork();
  if (child == 0) {
    // Permissions bind everybody but root.
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    const auto connected = open_broker(real_clock)->connect(real_clock.now());
    const bool told = !connected.ok() && connected.error().kind == ErrorKind::refused &&
                      connected.error().text().find(path) != std::string::npos;
    ::_exit(told ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

// The file itself may be written, but not its log beside it; and a new file not at all.
TEST_F(SqliteFailure, ADirectoryThatMayNotBeWrittenIsNamed) {
  enqueue("job");
  for (const char* side : {"-wal", "-shm", "-owners"}) fs::remove(path + side);
  fs::permissions(path, fs::perms::all);
  const auto writing = fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
  fs::permissions(directory.path(), fs::perms::all & ~writing);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    const std::string wanted = "the directory may not be written: " + directory.path().string();
    int untold = 0;
    for (const std::string& each : {path, directory.file("new.db")}) {
      path = each;
      const auto connected = open_broker(real_clock)->connect(real_clock.now());
      if (connected.ok() || !connected.error().text().ends_with(wanted)) ++untold;
    }
    ::_exit(untold);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  fs::permissions(directory.path(), fs::perms::owner_all);
}

TEST_F(SqliteFailure, AMissingDirectoryIsToldByName) {
  path = directory.file("nowhere/queue.db");
  const auto connected = open_broker(real_clock)->connect(real_clock.now());
  ASSERT_FALSE(connected.ok());
  EXPECT_EQ(connected.error().kind, ErrorKind::not_found);
  EXPECT_EQ(connected.error().text(),
            "unable to open database: " + path + ": No such file or directory");
}

TEST_F(SqliteFailure, ADamagedFileIsAnErrorUntilItIsRestored) {
  enqueue("survivor");
  fs::copy_file(path, kept());
  std::ofstream(path, std::ios::binary) << std::string(8192, 'x');
  Pump pump(open_broker(real_clock));
  ASSERT_TRUE(pump.until(1, [&] { return pump.errors.size() >= 2; }));
  EXPECT_NE(pump.errors[0].find("file is not a database"), std::string::npos) << pump.errors[0];
  fs::rename(kept(), path);
  EXPECT_EQ(pump.take_one().payload, "survivor");
}

TEST_F(SqliteFailure, DamagedPagesAreAnErrorToo) {
  enqueue("job");
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(4096);
  file << std::string(20 * 4096, '\xaa');
  file.close();
  Pump pump(open_broker(real_clock));
  ASSERT_TRUE(pump.until(1, [&] { return pump.errors.size() >= 2; }));
  EXPECT_NE(pump.errors[0].find("malformed"), std::string::npos) << pump.errors[0];
}

TEST_F(SqliteFailure, ADeletedQueueIsNotSilentlyMadeAnew) {
  auto pump = open();
  pump->run_for(1, std::chrono::milliseconds{20});
  remove_all();
  ASSERT_TRUE(pump->until(1, [&] { return pump->errors.size() >= 3; }));
  EXPECT_NE(pump->errors[0].find("moved, deleted or replaced"), std::string::npos);
  EXPECT_FALSE(fs::exists(path));
  enqueue("new life");
  EXPECT_EQ(pump->take_one().payload, "new life");
}

TEST_F(SqliteFailure, AReplacedQueueIsNotTouchedByOldVerdicts) {
  enqueue("old");
  enqueue("old too");
  auto pump = open();
  const auto old = pump->take(2);
  ASSERT_EQ(old.size(), 2U);
  rename_all(path, kept());
  // In the new file the same row has another job.
  enqueue("new");
  ASSERT_TRUE(pump->until(1, [&] { return !pump->deliveries.empty(); }));
  EXPECT_EQ(pump->lost.size(), 2U);
  const Delivery fresh = pump->take_one();
  EXPECT_EQ(fresh.payload, "new");
  for (const auto& job : old) pump->broker().settle(job, Verdict{});
  ASSERT_TRUE(pump->confirm());
  EXPECT_EQ(raw().integer("SELECT count(*) FROM jobs WHERE state = 1"), 1);
}

TEST_F(SqliteFailure, AVerdictForAReplacedQueueIsReportedLost) {
  enqueue("old");
  auto pump = open();
  pump->broker().settle(pump->take_one(), Verdict{});
  rename_all(path, kept());
  enqueue("new");
  pump->broker().disconnect();
  ASSERT_TRUE(pump->broker().connect(real_clock.now()).ok());
  ASSERT_TRUE(pump->until(0, [&] { return pump->lost.size() == 1; }));
  EXPECT_EQ(pump->broker().unconfirmed(), 0U);
  EXPECT_EQ(pump->take_one().payload, "new");
}

// A confirmed job in a file that nobody can open any more would be a lost one.
TEST_F(SqliteFailure, APublishGoesToTheFileThatTheNameLeadsTo) {
  auto pump = open();
  ASSERT_TRUE(pump->publish(NewJob{}).ok());
  rename_all(path, kept());
  ASSERT_TRUE(producer() != nullptr);
  ASSERT_TRUE(pump->publish(NewJob{}).ok());
  EXPECT_EQ(raw().integer("SELECT count(*) FROM jobs"), 1);
}

TEST_F(SqliteFailure, ARowDeletedByHandIsReportedOnce) {
  enqueue("doomed");
  auto pump = open();
  const Delivery job = pump->take_one();
  raw().run("DELETE FROM jobs");
  pump->ack(job);
  ASSERT_TRUE(pump->until(0, [&] { return !pump->lost.empty(); }));
  EXPECT_EQ(pump->lost[0].reservation, job.reservation);
  pump->broker().settle(job, Verdict{});
  EXPECT_EQ(pump->broker().unconfirmed(), 0U);
  EXPECT_TRUE(pump->errors.empty());
}

}  // namespace
}  // namespace narwhal::test
