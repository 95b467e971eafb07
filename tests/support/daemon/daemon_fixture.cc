#include "support/daemon/daemon_fixture.h"

#include <fmt/format.h>

namespace narwhal::test {

void DaemonFixture::TearDown() {
  daemons.clear();
  // What a daemon left behind: that it must not is for the test to say.
  for (const Process& process : processes_in(directory.path())) ::kill(process.pid, SIGKILL);
}

Daemon& DaemonFixture::start(Daemon::Options options) {
  write_file(file(options.config), config.to_toml());
  if (!daemons.empty()) options.log = fmt::format("narwhal-{}.log", daemons.size() + 1);
  daemons.push_back(std::make_unique<Daemon>(directory, std::move(options)));
  return *daemons.back();
}

Daemon& DaemonFixture::start_ready(Daemon::Options options) {
  Daemon& daemon = start(std::move(options));
  EXPECT_TRUE(daemon.logs(" info ready")) << daemon.log();
  return daemon;
}

Daemon& DaemonFixture::start_other() {
  Daemon::Options options;
  options.config = fmt::format("narwhal-{}.toml", daemons.size() + 1);
  return start_ready(std::move(options));
}

void DaemonFixture::let_another_take(Daemon& slow, const std::string& job) {
  ASSERT_TRUE(marked(job, "start"));
  slow.signal(SIGSTOP);
  Daemon& taker = start_other();
  ASSERT_TRUE(marked(job, "start", 2)) << taker.log();
  slow.signal(SIGCONT);
  ASSERT_TRUE(slow.logs("lease lost"));
}

std::string DaemonFixture::marker(int run_millis) const {
  return fmt::format("[{},{}]", in_quotes(marker_file()), run_millis);
}

bool DaemonFixture::marked(const std::string& job, const std::string& what, int times) const {
  return eventually([&] { return marks().count(job, what) >= times; });
}

bool DaemonFixture::all_marked(int jobs, const std::string& what) const {
  return eventually([&] { return marks().jobs(what) >= jobs; });
}

}  // namespace narwhal::test
