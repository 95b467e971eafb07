// Field cases P26 and P30 to P34: apps that do not start, configurations that are wrong.
#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "support/daemon/daemon_test.h"

namespace narwhal::test {
namespace {

class FailingApp : public DaemonTest {
 protected:
  // A daemon whose app is this; several run at the same time, since each takes its time to give up.
  Daemon& start_app(const std::string& load) {
    Daemon::Options options;
    options.config = fmt::format("app-{}.toml", daemons.size());
    config.text("app.load", load);
    return start(std::move(options));
  }
};

// How often loading was tried, whatever the level it was logged at.
int tries(Daemon& daemon) {
  return daemon.log_count("the app does not load") +
         daemon.log_count("the mold died while loading the app") +
         daemon.log_count("the app kept failing to start");
}

TEST_F(FailingApp, P26_IsNoForkBomb) {
  struct Case {
    const char* load;
    const char* cause;
  };
  constexpr std::array kCases = {Case{BAD_LOAD, "no database in this test"},
                                 Case{BAD_CONSTRUCTOR, "SIGABRT"},
                                 Case{BAD_SYMBOL, "narwhal_test_missing_function"},
                                 Case{BAD_ABI, "999"},
                                 Case{BAD_ENTRY, "narwhal_runtime_v1"},
                                 Case{"./libnowhere.so", "libnowhere.so"}};
  for (const Case& each : kCases) start_app(each.load);
  for (std::size_t i = 0; i < kCases.size(); ++i) {
    Daemon& daemon = *daemons[i];
    SCOPED_TRACE(kCases[i].load);
    EXPECT_EQ(daemon.exit_code(), 75);
    EXPECT_NE(daemon.log().find(kCases[i].cause), std::string::npos) << daemon.log();
    EXPECT_GE(tries(daemon), 3);
    EXPECT_LT(tries(daemon), 20);
    EXPECT_LT(count_of(daemon.log(), "\n"), 20);
    EXPECT_EQ(daemon.log_count("the app kept failing to start; giving up"), 1);
  }
  EXPECT_TRUE(processes_in(directory.path()).empty());
}

TEST_F(FailingApp, P26_WorkersThatDieAtBirth) {
  config.text("limits.spawn_timeout", "200ms").set("workers", 4);
  config.set("app.env", "{ NARWHAL_TEST_HOOKS = \"/nowhere/file\" }");
  Daemon& daemon = start_app(TEST_JOBS);
  EXPECT_EQ(daemon.exit_code(), 75) << daemon.log();
  EXPECT_LT(count_of(daemon.log(), "\n"), 40);
}

TEST_F(FailingApp, P26_OneThatNeverLoadsIsGivenUp) {
  config.text("limits.spawn_timeout", "200ms").set("workers", 1);
  for (const char* hang : {"load", "prepare_fork"}) {
    config.set("app.env", fmt::format("{{ NARWHAL_TEST_HANG_IN = \"{}\" }}", hang));
    start_app(BAD_HOOK);
  }
  for (const auto& daemon : daemons) {
    EXPECT_EQ(daemon->exit_code(), 75) << daemon->log();
    EXPECT_NE(daemon->log().find("it took longer than spawn_timeout"), std::string::npos);
    EXPECT_GE(tries(*daemon), 3);
  }
  EXPECT_TRUE(processes_in(directory.path()).empty());
}

class BootConfig : public DaemonTest {
 protected:
  CommandResult check(const std::string& toml, const std::map<std::string, std::string>& env = {}) {
    write_file(file("narwhal.toml"), toml);
    return run_narwhal(directory.path(), {"check"}, "", env);
  }
  std::string good() { return config.to_toml(); }
};

TEST_F(BootConfig, P30_FilesFromOtherEditors) {
  std::string crlf;
  for (const char c : good()) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  std::string utf16 = "\xff\xfe";
  for (const char c : good()) utf16 += {c, '\0'};
  const std::string bom = "\xef\xbb\xbf";
  EXPECT_EQ(check(good()).code, 0);
  EXPECT_EQ(check(bom + good()).code, 0) << check(bom + good()).errors;
  EXPECT_EQ(check(crlf).code, 0) << check(crlf).errors;
  EXPECT_EQ(check(good().substr(0, good().size() - 1)).code, 0);
  for (const std::string& bad : {bom + bom + good(), utf16, std::string()}) {
    const CommandResult result = check(bad);
    EXPECT_EQ(result.code, 78);
    EXPECT_FALSE(result.output.empty() && result.errors.empty());
  }
}

TEST_F(BootConfig, P31_EveryTypoIsNamedAtOnce) {
  write_file(file("narwhal.toml"), good() +
                                       "[stopp]\ndrain_timeout = \"1s\"\n[limits]\n"
                                       "job_timout = \"1s\"\nmax_attempts = 3\n");
  Daemon daemon(directory, {});
  EXPECT_EQ(daemon.exit_code(), 78);
  for (const char* what : {"stopp", "job_timout", "job_timeout", "max_attempts", "narwhal.toml:"}) {
    EXPECT_NE(daemon.log().find(what), std::string::npos) << what << "\n" << daemon.log();
  }
  EXPECT_EQ(check(good() + good()).code, 78);
  EXPECT_EQ(narwhal({"check"}).code, 78);
}

TEST_F(BootConfig, P32_MisspeltOverrides) {
  const CommandResult typo = check(good(), {{"NARWHAL_WOKERS", "9"}});
  EXPECT_EQ(typo.code, 0);
  EXPECT_NE((typo.output + typo.errors).find("NARWHAL_WORKERS"), std::string::npos) << typo.errors;
  const CommandResult bad = check(good(), {{"NARWHAL_WORKERS", "abc"}});
  EXPECT_EQ(bad.code, 78);
  EXPECT_EQ(check(good(), {{"NARWHAL_HOME", "/x"}}).code, 0);
  Daemon::Options options;
  options.env = {{"NARWHAL_WORKERS", "3"}};
  EXPECT_TRUE(start(std::move(options)).workers_ready(3));
}

TEST_F(BootConfig, P33_WrongTypesAndSillyNumbers) {
  for (const char* workers : {"\"4\"", "4.5", "0", "-1", "100000", "true", "9223372036854775808"}) {
    config.set("workers", workers);
    EXPECT_EQ(check(good()).code, 78) << workers;
  }
  config.set("workers", 2);
  for (const char* duration : {"30", "\"30\"", "\"30 parsecs\"", "nan", "\"-1s\"", "\"\""}) {
    config.set("stop.drain_timeout", duration);
    EXPECT_EQ(check(good()).code, 78) << duration;
  }
  config.set("stop.drain_timeout", "\"30s\"");
  EXPECT_EQ(check(good()).code, 0);
}

TEST_F(BootConfig, P34_OrderAndWeightsDoNotMix) {
  for (const char* queues : {R"(["a", { b = 2 }])", R"(["a", "b", "a"])", "{ a = 1, b = 0 }",
                             R"({ a = 1, b = "2" })", "[]", "{}"}) {
    config.set("broker.queues", queues);
    EXPECT_EQ(check(good()).code, 78) << queues;
  }
}

TEST_F(BootConfig, P79_EmptyEnvironment) {
  queue.add("Echo", "[" + in_quotes(file("echo")) + ",\"gr\u00fc\u00df dich\"]");
  Daemon::Options options;
  options.prepare = [] { ::clearenv(); };
  Daemon& daemon = start_ready(std::move(options));
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_EQ(read_file(file("echo")), "\"gr\u00fc\u00df dich\"\n");
  ASSERT_TRUE(daemon.workers_ready(2));
  EXPECT_EQ(daemon.workers().size(), 2U);  // found by their titles
}

TEST_F(BootConfig, ExitCodesTellWhoseMistakeItIs) {
  EXPECT_EQ(narwhal({"no-such-command"}).code, 64);
  EXPECT_EQ(narwhal({"run", "-c", "nowhere.toml"}).code, 78);
  check(good());
  EXPECT_EQ(narwhal({"enqueue", "--class", "X", "--args", "[1,"}).code, 65);
  EXPECT_EQ(narwhal({"check", "--connect"}).code, 0) << narwhal({"check", "--connect"}).output;
  config.text("app.load", BAD_LOAD);
  check(good());
  const CommandResult broken = narwhal({"check", "--connect"});
  EXPECT_NE(broken.code, 0);
  EXPECT_NE((broken.output + broken.errors).find("no database in this test"), std::string::npos);
}

}  // namespace
}  // namespace narwhal::test
