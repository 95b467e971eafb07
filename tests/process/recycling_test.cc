// Workers that are replaced by plan: max_jobs, max_age, max_rss. Field cases P24 and P25.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

TEST_F(FieldCase, P24_RecycledWorkerThatRefusesToGo) {
  config.set("workers", 1).set("limits.max_jobs", 1).text("stop.stop_timeout", "300ms");
  config.text("app.load", STUBBORN_APP).set("app.env", "{ NARWHAL_TEST_STAY = \"1\" }");
  Daemon& daemon = start_ready();
  for (int i = 0; i < 3; ++i) queue.add("Touch", "[" + in_quotes(file("touched")) + "]");
  std::size_t most = 0;
  ASSERT_TRUE(eventually([&] {
    most = std::max(most, daemon.workers().size());
    return daemon.log_count("worker did not leave; killed") == 3;
  })) << daemon.log();
  EXPECT_LE(most, 2U);
  EXPECT_EQ(read_lines(file("touched")).size(), 3U);
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(daemon.log_count("job crashed"), 0);
}

TEST_F(FieldCase, P25_OneJobPerWorkerIsNoTrouble) {
  config.set("workers", 8).set("limits.max_jobs", 1);
  queue.add_many(100, "Marker", marker());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_marked(100, "end"));
  ASSERT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), 100);
  std::set<pid_t> pids;
  for (const Mark& mark : marks().all()) pids.insert(mark.pid);
  EXPECT_EQ(pids.size(), 100U);
  EXPECT_EQ(daemon.log_count(" warning "), 0);
  EXPECT_EQ(daemon.log_count(" error "), 0);
  EXPECT_EQ(daemon.log_count("broker serving"), 1);
}

TEST_F(DaemonTest, RecyclingSaysHowManyJobsTheWorkerDid) {
  config.set("workers", 2).set("limits.max_jobs", 5).text("log.level", "info");
  queue.add_many(200, "Marker", marker());
  Daemon& daemon = start_ready();
  ASSERT_TRUE(all_marked(200, "end"));
  ASSERT_TRUE(queue_empties());
  std::map<std::string, int> jobs;
  for (const Mark& mark : marks().all()) {
    if (mark.what == "end") ++jobs[fmt::format("pid={} limit=max_jobs jobs=", mark.pid)];
  }
  for (const auto& [line, count] : jobs) {
    for (const std::string& said : daemon.log_lines(line)) {
      EXPECT_TRUE(said.ends_with(line + std::to_string(count))) << said << " " << count;
    }
  }
  EXPECT_GE(daemon.log_count("worker recycled"), 40);
}

TEST_F(FieldCase, P66_RecyclingLeavesTheDatabaseWhole) {
  config.set("workers", 8).set("limits.max_jobs", 1).text("log.level", "info");
  queue.add_many(200, "Marker", marker());
  start_ready();
  ASSERT_TRUE(eventually([&] {
    EXPECT_EQ(queue.text("PRAGMA integrity_check"), "ok");
    return queue.empty();
  }));
  EXPECT_EQ(marks().total("end"), 200);
}

TEST_F(DaemonTest, MaxAgeReplacesAWorker) {
  config.set("workers", 1).text("limits.max_age", "200ms");
  Daemon& daemon = start_ready();
  const pid_t first = daemon.worker_pids().at(0);
  ASSERT_TRUE(eventually([&] {
    queue.add("Marker", marker(20));
    return daemon.log_count("limit=max_age") > 0;
  }));
  EXPECT_TRUE(eventually([&] { return !alive(first); }));
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(marks().total("start"), marks().jobs("end"));
}

TEST_F(DaemonTest, MaxRssReplacesAWorker) {
  config.set("workers", 1).text("limits.max_rss", "100MiB");
  Daemon& daemon = start_ready();
  const pid_t first = daemon.worker_pids().at(0);
  queue.add("Alloc", "[150,true]");
  ASSERT_TRUE(daemon.logs("limit=max_rss")) << daemon.log();
  EXPECT_TRUE(eventually([&] { return !alive(first); }));
  const std::string next = queue.add("Marker", marker());
  EXPECT_TRUE(marked(next, "end"));
  EXPECT_NE(marks().pid_of(next), first);
}

}  // namespace
}  // namespace narwhal::test
