// The unit file against the code: what systemd is told must fit what the daemon does.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <sstream>

#include "exit_code.h"
#include "narwhal/config.h"

namespace narwhal {
namespace {

std::map<std::string, std::string> unit_keys() {
  std::map<std::string, std::string> keys;
  std::ifstream file(NARWHAL_UNIT_FILE);
  for (std::string line; std::getline(file, line);) {
    const std::size_t equals = line.find('=');
    if (line.empty() || line.front() == '#' || equals == std::string::npos) continue;
    keys[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return keys;
}

TEST(UnitFile, StopTimeoutIsAboveTheDaemonsOwn) {
  const StopConfig stop;
  const std::chrono::seconds unit{std::stoi(unit_keys()["TimeoutStopSec"])};
  EXPECT_GT(unit, stop.drain_timeout + stop.stop_timeout);
}

TEST(UnitFile, StartTimeoutAllowsTheAppSeveralTries) {
  EXPECT_EQ(unit_keys()["TimeoutStartSec"], "5min");
  EXPECT_GT(std::chrono::minutes{5}, 3 * LimitsConfig{}.spawn_timeout);
}

TEST(UnitFile, StoppingDrainsTheMasterAlone) {
  EXPECT_EQ(unit_keys()["KillSignal"], "SIGQUIT");
  EXPECT_EQ(unit_keys()["KillMode"], "mixed");
}

TEST(UnitFile, MistakesAreNotRestartedOn) {
  std::istringstream list(unit_keys()["RestartPreventExitStatus"]);
  int usage = 0;
  int config = 0;
  list >> usage >> config;
  EXPECT_EQ(usage, static_cast<int>(ExitCode::usage));
  EXPECT_EQ(config, static_cast<int>(ExitCode::config));
  EXPECT_EQ(list.rdbuf()->in_avail(), 0) << "nothing else heals by itself less than these";
}

TEST(UnitFile, GreedyJobDoesNotStopTheService) { EXPECT_EQ(unit_keys()["OOMPolicy"], "continue"); }

}  // namespace
}  // namespace narwhal
