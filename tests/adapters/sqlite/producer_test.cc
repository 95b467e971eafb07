// Producers: several processes, durability, foreign rows, libnarwhal.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "sqlite_test.h"
#include "sync_recorder.h"

namespace narwhal::test {
namespace {

using SqliteProducers = SqliteTest;

TEST_F(SqliteProducers, SeveralProcessesMayMakeTheSameFile) {
  for (int round = 0; round < 5; ++round) {
    path = directory.file("queue" + std::to_string(round) + ".db");
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        auto opened = sqlite_broker_type().open_producer(config());
        auto stored = opened.ok() ? (*opened)->enqueue(NewJob{}) : opened.error();
        if (!stored.ok()) std::fprintf(stderr, "%s\n", stored.error().text().c_str());
        ::_exit(stored.ok() ? 0 : 1);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = -1;
      ::waitpid(child, &status, 0);
      EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(raw().integer("SELECT count(*) FROM jobs"), 8);
    EXPECT_EQ(raw().integer("SELECT count(*) FROM identity"), 1);
  }
}

TEST_F(SqliteProducers, AllOrNone) {
  std::vector<NewJob> jobs(3);
  jobs[2].payload.assign(max_payload + 1, 'x');
  auto ids = producer()->enqueue_all(jobs);
  ASSERT_FALSE(ids.ok());
  EXPECT_EQ(ids.error().kind, ErrorKind::too_large);
  EXPECT_EQ(raw().integer("SELECT count(*) FROM jobs"), 0);
}

TEST_F(SqliteProducers, NoJobsIsNoMistake) {
  auto ids = producer()->enqueue_all({});
  ASSERT_TRUE(ids.ok());
  EXPECT_TRUE(ids->empty());
}

TEST_F(SqliteProducers, APowerCutAfterEnqueueLosesNothing) {
  const SyncRecorder recorder;
  auto source = producer();
  auto pump = open();
  for (int i = 1; i <= 20; ++i) {
    NewJob job;
    job.payload.assign(static_cast<std::size_t>(i) * 1000, 'p');
    ASSERT_TRUE((i % 2 == 0 ? pump->publish(job).ok() : source->enqueue(job).ok()));
    const std::string after = directory.file("after" + std::to_string(i) + ".db");
    recorder.restore(path, after);
    RawDatabase survivor(after);
    EXPECT_EQ(survivor.text("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(survivor.integer("SELECT count(*) FROM jobs"), i);
  }
}

// The master does not wait for the disk: what a power cut undoes is run again, and nothing is
// missing.
TEST_F(SqliteProducers, APowerCutInTheMasterRepeatsAtMost) {
  const SyncRecorder recorder;
  auto source = producer();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(source->enqueue(NewJob{}).ok());
  auto pump = open();
  for (const auto& job : pump->take(3)) pump->ack(job);
  const std::string after = directory.file("after.db");
  recorder.restore(path, after);
  EXPECT_GE(RawDatabase(after).integer("SELECT count(*) FROM jobs"), 2);
}

TEST_F(SqliteProducers, ACopyOfTheFilesIsAWholeQueue) {
  auto source = producer();
  auto pump = open();
  for (int i = 1; i <= 10; ++i) {
    ASSERT_TRUE(source->enqueue(NewJob{}).ok());
    const std::string copy = directory.file("copy" + std::to_string(i) + ".db");
    std::filesystem::copy_file(path, copy);
    std::filesystem::copy_file(path + "-wal", copy + "-wal");
    EXPECT_EQ(RawDatabase(copy).integer("SELECT count(*) FROM jobs"), i);
  }
}

TEST_F(SqliteProducers, AForeignRowNeedsAQueueAndAPayloadOnly) {
  auto pump = open();
  const WallTime before = real_clock.wall_now() - std::chrono::seconds{1};
  raw().run("INSERT INTO jobs (queue, payload) VALUES ('default', 'as text')");
  const Delivery job = pump->take_one();
  EXPECT_EQ(job.payload, "as text");
  EXPECT_EQ(job.id.size(), 36U);
  EXPECT_GE(job.enqueued_at, before);
  EXPECT_LE(job.enqueued_at, real_clock.wall_now() + std::chrono::seconds{1});
}

TEST_F(SqliteProducers, AForeignRowThatCouldNeverRunIsRefused) {
  auto pump = open();
  auto other = raw();
  EXPECT_THROW(other.run("INSERT INTO jobs (queue, payload) VALUES (x'00', 'x')"),
               std::runtime_error);
  EXPECT_THROW(other.run("INSERT INTO jobs (payload) VALUES ('x')"), std::runtime_error);
  EXPECT_THROW(other.run("INSERT INTO jobs (queue, state) VALUES ('q', 9)"), std::runtime_error);
  EXPECT_THROW(other.run("INSERT INTO jobs (queue, state) VALUES ('q', 2)"), std::runtime_error);
}

TEST_F(SqliteProducers, LargePayloadsLeaveNothingBehind) {
  max_payload = std::size_t{4} << 20;
  auto pump = open();
  for (int i = 0; i < 4; ++i) enqueue(std::string(1'000'000, 'b'));
  auto jobs = pump->take(4);
  ASSERT_EQ(jobs.size(), 4U);
  EXPECT_EQ(raw().integer("SELECT count(*) FROM bodies"), 4);
  pump->ack(jobs[0]);
  pump->ack(jobs[1]);
  Verdict small;
  small.action = Verdict::Action::retry;
  small.rewritten = true;
  jobs[2].payload = "small now";
  pump->settle(jobs[2], small);
  raw().run("DELETE FROM jobs WHERE state = 1");
  EXPECT_EQ(raw().integer("SELECT count(*) FROM bodies"), 0);
}

TEST_F(SqliteProducers, TheClientLibraryChoosesByScheme) {
  auto opened = open_producer("sqlite:" + path);
  ASSERT_TRUE(opened.ok()) << opened.error().text();
  EXPECT_TRUE((*opened)->enqueue(NewJob{}).ok());
  auto unknown = open_producer("gopher://me:secret@host/queue");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, ErrorKind::invalid);
  EXPECT_EQ(unknown.error().text().find("secret"), std::string::npos);
}

TEST_F(SqliteProducers, ABadQueueNameIsRefused) {
  NewJob job;
  job.queue = "";
  EXPECT_EQ(producer()->enqueue(job).error().kind, ErrorKind::invalid);
  job.queue.assign(256, 'q');
  EXPECT_EQ(producer()->enqueue(job).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace narwhal::test
