// The manual pages, config/narwhal.toml, --help and the code name the same keys, defaults and
// commands, so a reader of any one of them is told the truth.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "adapters/registry.h"
#include "cli/command_line.h"
#include "cli/config_file.h"
#include "cli/config_keys.h"
#include "exit_code.h"
#include "tests/unit/cli/fake_broker.h"

namespace narwhal {
namespace {

std::string read(const std::string& name) {
  std::ifstream in{std::string{NARWHAL_SOURCE_DIR} + "/config/" + name};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// "table.key = default" for each key that `key` finds, below the tables that `table` finds.
std::set<std::string> documented(const std::string& text, const std::regex& table,
                                 const std::regex& key) {
  std::set<std::string> found;
  std::string prefix;
  for (const std::string& line : lines_of(text)) {
    std::smatch match;
    if (std::regex_search(line, match, table)) prefix = match[1].str() + ".";
    if (std::regex_search(line, match, key)) {
      found.insert(prefix + match[1].str() + " = " + match[2].str());
    }
  }
  return found;
}

std::set<std::string> expected_keys() {
  std::set<std::string> keys;
  for (const ConfigKey& key : config_keys()) {
    keys.insert(key.path() + " = " + std::string{key.default_text});
  }
  return keys;
}

std::string help(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "narwhal");
  arguments.push_back("--help");
  const auto parsed = parse_command_line(static_cast<int>(arguments.size()), arguments.data());
  return std::get<CommandLineEnd>(parsed).text;
}

std::set<std::string> matches(const std::string& text, const std::regex& pattern) {
  std::set<std::string> found;
  for (std::sregex_iterator it{text.begin(), text.end(), pattern}, end; it != end; ++it) {
    found.insert((*it)[1].str());
  }
  return found;
}

const std::regex kTable{R"(^(?:# )?\[+([a-z]+)\]+$)"};

TEST(Documentation, ReferenceFileHasEveryKeyWithItsDefault) {
  std::set<std::string> found =
      documented(read("narwhal.toml"), kTable,
                 std::regex{R"(^#?([a-z_]+) = (\S+|\[.*\]|"[^"]*")(?: +#.*)?$)"});
  // Required with the default runtime, so the file has to give one.
  ASSERT_EQ(found.erase("app.command = [\"true\"]"), 1U);
  found.insert("app.command = []");
  EXPECT_EQ(found, expected_keys());
}

TEST(Documentation, ManualPageHasEveryKeyWithItsDefault) {
  EXPECT_EQ(documented(read("man/narwhal.toml.5.md"), kTable,
                       std::regex{R"(^\*\*([a-z_]+)\*\* = (.+)$)"}),
            expected_keys());
}

TEST(Documentation, ReferenceFileNamesEveryOverride) {
  const std::set<std::string> found =
      matches(read("narwhal.toml"), std::regex{R"(Override: (NARWHAL_[A-Z_]+)\.)"});
  std::set<std::string> expected;
  for (const ConfigKey& key : config_keys()) {
    if (key.overridable()) expected.insert(key.variable());
  }
  EXPECT_EQ(found, expected);
}

TEST(Documentation, ReferenceFileLoadsAsItIsAndChangesNothing) {
  FakeBrokers brokers;
  const std::string path = std::string{NARWHAL_SOURCE_DIR} + "/config/narwhal.toml";
  const LoadedConfig loaded = load_config(path, {}, {&brokers.type()});
  ASSERT_TRUE(loaded.ok()) << loaded.errors.front().text();
  EXPECT_TRUE(loaded.warnings.empty());
  EXPECT_EQ(loaded.config.workers, Config{}.workers);
}

// Every default of the table is what the struct has, and every commented line can be taken in.
TEST(Documentation, ReferenceFileLoadsWithEveryKeyTakenIn) {
  std::string text =
      std::regex_replace(read("narwhal.toml"), std::regex{R"(\n#([a-z_]+ = ))"}, "\n$1");
  FakeBrokers brokers;
  const LoadedConfig loaded = load_config_text(text, "narwhal.toml", {}, {&brokers.type()});
  ASSERT_TRUE(loaded.ok()) << loaded.errors.front().text();
  const Config& c = loaded.config;
  const Config d;
  EXPECT_EQ(c.workers, d.workers);
  EXPECT_EQ(c.app.runtime, d.app.runtime);
  EXPECT_EQ(c.brokers.at(0).url, d.brokers.at(0).url);
  EXPECT_EQ(c.brokers.at(0).queues.at(0).name, d.brokers.at(0).queues.at(0).name);
  EXPECT_EQ(c.brokers.at(0).max_payload, d.brokers.at(0).max_payload);
  EXPECT_EQ(c.retry.max_attempts, d.retry.max_attempts);
  EXPECT_EQ(c.retry.base, d.retry.base);
  EXPECT_EQ(c.retry.max, d.retry.max);
  EXPECT_EQ(c.retry.jitter, d.retry.jitter);
  EXPECT_EQ(c.retry.crash_limit, d.retry.crash_limit);
  EXPECT_EQ(c.limits.job_timeout, d.limits.job_timeout);
  EXPECT_EQ(c.limits.soft_timeout, d.limits.soft_timeout);
  EXPECT_EQ(c.limits.max_jobs, d.limits.max_jobs);
  EXPECT_EQ(c.limits.max_age, d.limits.max_age);
  EXPECT_EQ(c.limits.max_rss, d.limits.max_rss);
  EXPECT_EQ(c.limits.max_payload, d.limits.max_payload);
  EXPECT_EQ(c.limits.spawn_timeout, d.limits.spawn_timeout);
  EXPECT_EQ(c.stop.drain_timeout, d.stop.drain_timeout);
  EXPECT_EQ(c.stop.stop_timeout, d.stop.stop_timeout);
  EXPECT_EQ(c.lease, d.lease);
  EXPECT_EQ(c.log.level, d.log.level);
  EXPECT_EQ(c.log.format, d.log.format);
}

TEST(Documentation, ManualPageHasTheCommandsOfHelp) {
  const std::string text = help({});
  const std::string commands = text.substr(text.find("Subcommands:"));
  EXPECT_EQ(matches(read("man/narwhal.8.md"), std::regex{R"((?:^|\n)## ([a-z]+)\n)"}),
            matches(commands, std::regex{R"(\n  ([a-z]+) )"}));
}

TEST(Documentation, ManualPageHasTheOptionsOfHelp) {
  std::set<std::string> options;
  for (const std::vector<const char*>& command : {std::vector<const char*>{"run"},
                                                  {"check"},
                                                  {"enqueue"},
                                                  {"dead", "list"},
                                                  {"dead", "show"},
                                                  {"dead", "retry"},
                                                  {"dead", "delete"}}) {
    options.merge(matches(help(command), std::regex{R"((?:^|\n)  (?:-\w,)?(--[a-z]+))"}));
  }
  std::set<std::string> found =
      matches(read("man/narwhal.8.md"), std::regex{R"(\*\*(--[a-z]+)\*\*)"});
  found.erase("--version");
  EXPECT_EQ(found, options);
}

TEST(Documentation, ManualPageHasTheExitCodes) {
  std::set<std::string> codes;
  for (const ExitCode code :
       {ExitCode::ok, ExitCode::usage, ExitCode::data, ExitCode::unavailable, ExitCode::internal,
        ExitCode::io, ExitCode::app_failing, ExitCode::config}) {
    codes.insert(std::to_string(static_cast<int>(code)));
  }
  EXPECT_EQ(matches(read("man/narwhal.8.md"), std::regex{R"(\n\*\*(\d+)\*\*\n)"}), codes);
}

TEST(Documentation, TheManualHasEveryScheme) {
  const std::string manual = read("man/narwhal.toml.5.md");
  for (const BrokerType* type : all_broker_types()) {
    for (const std::string_view scheme : type->schemes) {
      EXPECT_NE(manual.find("**" + std::string{scheme} + ":"), std::string::npos) << scheme;
    }
  }
}

}  // namespace
}  // namespace narwhal
