// Processes of command jobs. Field cases P13, P17, P18 and P20.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "process/pid_one.h"
#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

TEST_F(FieldCase, P13_MasterKilledTheCommandsWholeGroupGoes) {
  config.shell("sleep 600 & sh -c 'sleep 601 & sleep 602' & echo start >> started; wait");
  queue.add_payload("");
  queue.add_payload("");
  Daemon& daemon = start();
  ASSERT_TRUE(eventually([&] { return read_lines(file("started")).size() == 2; }));
  daemon.signal(SIGKILL);
  ASSERT_EQ(daemon.exit_code(), -SIGKILL);
  EXPECT_TRUE(eventually([&] { return processes_in(directory.path()).empty(); }, 3s));
}

TEST_F(FieldCase, P17_CommandsHaveThreeDescriptors) {
  config.shell("ls /proc/self/fd > open.part; mv open.part open");
  Daemon::Options options;
  options.prepare = [] {
    for (int fd = 20; fd < 30; ++fd) ::dup2(2, fd);
  };
  queue.add_payload("");
  start(std::move(options));
  ASSERT_TRUE(eventually([&] { return !read_file(file("open")).empty(); }));
  // 3 is the directory that ls(1) itself reads.
  EXPECT_EQ(read_lines(file("open")), (std::vector<std::string>{"0", "1", "2", "3"}));
}

TEST_F(FieldCase, P17_CommandLeftInTheBackgroundHoldsNothing) {
  config.shell("setsid sleep 600 & echo start >> started; sleep 600");
  queue.add_payload("");
  Daemon& daemon = start();
  ASSERT_TRUE(eventually([&] { return !read_file(file("started")).empty(); }));
  daemon.signal(SIGKILL);
  ASSERT_EQ(daemon.exit_code(), -SIGKILL);
  config.shell("echo done >> done");
  start();
  EXPECT_TRUE(eventually([&] { return !read_file(file("done")).empty(); }, 10s));
}

TEST_F(FieldCase, P18_ProcessOneReapsStrangers) {
  constexpr int kJobs = 200;
  config.set("workers", 4).text("log.level", "info");
  config.shell("(sleep 0.05 &) ; (sh -c 'sleep 0.02 &') ; echo x >> done");
  for (int i = 0; i < kJobs; ++i) queue.add_payload("");
  Daemon::Options options;
  options.prepare = become_pid_one;
  Daemon& daemon = start_ready(std::move(options));
  const pid_t master = pid_one_below(daemon);
  const auto zombies = [&] {
    const auto children = children_of(master);
    return std::count_if(children.begin(), children.end(),
                         [](const Process& child) { return child.zombie(); });
  };
  long most = 0;
  ASSERT_TRUE(eventually(
      [&] {
        most = std::max<long>(most, zombies());
        return queue.empty();
      },
      60s))
      << daemon.log();
  EXPECT_LE(most, 20);  // those being reaped
  EXPECT_TRUE(eventually([&] { return zombies() == 0 && children_of(master).size() == 5; }));
  EXPECT_EQ(read_lines(file("done")).size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(daemon.log_count("worker died"), 0);
  ::kill(master, SIGTERM);
  EXPECT_EQ(daemon.exit_code(), 0);
}

TEST_F(FieldCase, P20_CommandsStartWithDefaultSignals) {
  config.shell("yes | head -1 > line; exec cat /proc/self/status > signals");
  Daemon::Options options;
  options.prepare = [] {
    // What a careless parent leaves: ignored and blocked signals.
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGCHLD, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGALRM);
    sigprocmask(SIG_BLOCK, &some, nullptr);
  };
  queue.add_payload("");
  Daemon& daemon = start(std::move(options));
  ASSERT_TRUE(daemon.logs("job done")) << daemon.log();
  EXPECT_EQ(read_file(file("line")), "y\n");
  int masks = 0;
  for (const std::string& line : read_lines(file("signals"))) {
    std::istringstream text(line);
    std::string name;
    unsigned long long mask = 0;
    text >> name >> std::hex >> mask;
    if (name != "SigIgn:" && name != "SigBlk:" && name != "SigCgt:") continue;
    ++masks;
    EXPECT_EQ(mask, 0U) << line;
  }
  EXPECT_EQ(masks, 3);
}

}  // namespace
}  // namespace narwhal::test
