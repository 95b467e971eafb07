// Field cases P16, P17 and P21: whose descriptors are whose.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <set>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

// Descriptors that somebody left open, as a careless parent does.
void leave_open(int count) {
  rlimit limit{65536, 65536};
  ::setrlimit(RLIMIT_NOFILE, &limit);
  for (int i = 0; i < count; ++i) {
    if (::open("/dev/zero", O_RDONLY) < 0) ::_exit(125);
  }
}

TEST_F(FieldCase, P16_EverySocketHasOneOwner) {
  config.set("workers", 4);
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.workers_ready(4));
  std::vector<pid_t> processes = daemon.worker_pids();
  processes.push_back(daemon.mold());
  processes.push_back(daemon.pid());
  // The last worker may be ready before the mold has closed its copy of the socket it passed on.
  std::vector<std::string> shared;
  std::set<std::string> seen;
  const bool apart = eventually([&] {
    shared.clear();
    seen.clear();
    for (const pid_t pid : processes) {
      for (const auto& [fd, what] : descriptors_of(pid)) {
        if (what.starts_with("socket:") && !seen.insert(what).second) shared.push_back(what);
      }
    }
    return shared.empty();
  });
  EXPECT_TRUE(apart) << shared.front() << " is open in two processes";
  EXPECT_GE(seen.size(), 10U);  // both ends of five channels
}

TEST_F(FieldCase, P17_WorkersHaveOnlyTheirOwnDescriptors) {
  Daemon::Options options;
  options.prepare = [] { leave_open(20); };
  Daemon& daemon = start(std::move(options));
  ASSERT_TRUE(daemon.workers_ready(2));
  for (const pid_t worker : daemon.worker_pids()) {
    int others = 0;
    for (const auto& [fd, what] : descriptors_of(worker)) {
      EXPECT_EQ(what.find("jobs.db"), std::string::npos) << what;
      EXPECT_NE(what, "/dev/zero");
      others += fd > 2 ? 1 : 0;
    }
    EXPECT_EQ(others, 1);  // its channel
  }
  for (const auto& [fd, what] : descriptors_of(daemon.mold())) {
    EXPECT_EQ(what.find("jobs.db"), std::string::npos) << what;
    EXPECT_NE(what, "/dev/zero");
  }
}

TEST_F(FieldCase, P17_StandardDescriptorsThatWereClosedAreNobodysChannel) {
  Daemon::Options options;
  options.prepare = [] { ::close_range(STDIN_FILENO, STDERR_FILENO, 0); };
  const std::string job = queue.add("Marker", marker(1));
  Daemon& daemon = start(std::move(options));
  ASSERT_TRUE(marked(job, "end"));
  ASSERT_TRUE(queue_empties());
  for (const pid_t worker : daemon.worker_pids()) {
    const auto open = descriptors_of(worker);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) EXPECT_EQ(open.at(fd), "/dev/null");
  }
}

TEST_F(FieldCase, P17_ChildThatOutlivesTheDaemonHoldsNothing) {
  const std::string child = queue.add("LeaveChild", "[600000]");
  const std::string held = queue.add("Marker", marker(300));
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.logs("job done"));
  ASSERT_TRUE(marked(held, "start"));
  daemon.signal(SIGKILL);
  ASSERT_EQ(daemon.exit_code(), -SIGKILL);
  // The lease of 30 s has long to go: the successor must see at once that the owner is dead.
  start();
  EXPECT_TRUE(eventually([&] { return marks().count(held, "end") > 0; }, 10s));
  EXPECT_TRUE(queue_empties());
}

TEST_F(FieldCase, P21_ElevenHundredDescriptorsAlreadyOpen) {
  queue.add_many(50, "Marker", marker());
  Daemon::Options options;
  options.prepare = [] { leave_open(1100); };
  Daemon& daemon = start_ready(std::move(options));
  EXPECT_TRUE(all_marked(50, "end"));
  EXPECT_EQ(daemon.end(SIGTERM), 0);
}

TEST_F(FieldCase, P21_SixHundredWorkers) {
  config.set("workers", 600).text("log.level", "info");
  queue.add_many(600, "Marker", marker(5));
  Daemon& daemon = start();
  ASSERT_TRUE(eventually([&] { return daemon.workers().size() == 600; }, 60s));
  EXPECT_TRUE(all_marked(600, "end"));
  EXPECT_TRUE(queue_empties());
  EXPECT_EQ(daemon.end(SIGQUIT), 0);
  EXPECT_TRUE(processes_in(directory.path()).empty());
}

TEST_F(FieldCase, P21_MoreWorkersThanOpenFilesAreAllowed) {
  config.set("workers", 100);
  Daemon::Options options;
  options.prepare = [] {
    const rlimit few{64, 64};
    ::setrlimit(RLIMIT_NOFILE, &few);
  };
  Daemon& daemon = start(std::move(options));
  EXPECT_EQ(daemon.exit_code(), 78);
  EXPECT_NE(daemon.log().find("needs=174 limit=64"), std::string::npos) << daemon.log();
}

TEST_F(FieldCase, P21_MoreWorkersThanSelectCanWatch) {
  config.set("workers", 1100);
  Daemon& daemon = start();
  EXPECT_EQ(daemon.exit_code(), 78);
  EXPECT_NE(daemon.log().find("950"), std::string::npos) << daemon.log();
}

}  // namespace
}  // namespace narwhal::test
