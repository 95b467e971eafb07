// The configuration file: what is accepted, and that each mistake gets one precise sentence.
#include "cli/config_file.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "cli/config_keys.h"
#include "tests/unit/cli/fake_broker.h"

namespace narwhal {
namespace {

using namespace std::chrono_literals;

constexpr const char* kApp = "[app]\ncommand = [\"./handle\"]\n";

class ConfigFile : public ::testing::Test {
 protected:
  LoadedConfig load(const std::string& text) {
    return load_config_text(text, "narwhal.toml", environment_, {&brokers_.type()});
  }

  // All errors as the user sees them.
  std::string errors(const std::string& text) {
    std::string out;
    for (const ConfigProblem& problem : load(text).errors) out += problem.text() + "\n";
    return out;
  }

  std::string warnings(const std::string& text = kApp) {
    std::string out;
    for (const ConfigProblem& problem : load(text).warnings) out += problem.text() + "\n";
    return out;
  }

  // Of `text` put before a good [app].
  std::string errors_with_app(const std::string& text) { return errors(text + kApp); }

  FakeBrokers brokers_;
  Environment environment_;
};

TEST_F(ConfigFile, DefaultsAreThoseOfTheContract) {
  const LoadedConfig loaded = load(kApp);
  ASSERT_TRUE(loaded.ok()) << errors(kApp);
  const Config& c = loaded.config;
  EXPECT_EQ(c.workers, 4);
  EXPECT_FALSE(c.name.empty());
  EXPECT_EQ(c.path, "narwhal.toml");
  EXPECT_EQ(c.app.command, std::vector<std::string>{"./handle"});
  ASSERT_EQ(c.brokers.size(), 1U);
  EXPECT_EQ(c.brokers[0].url, "sqlite:narwhal.db");
  ASSERT_EQ(c.brokers[0].queues.size(), 1U);
  EXPECT_EQ(c.brokers[0].queues[0].name, "default");
  EXPECT_EQ(c.retry.max_attempts, 25U);
  EXPECT_EQ(c.stop.drain_timeout, 30s);
  EXPECT_EQ(c.lease, 30s);
}

TEST_F(ConfigFile, EveryKeyReachesItsPlace) {
  const LoadedConfig loaded = load(R"(
workers = 7
name = "blue-1"
[app]
runtime = "native"
load = "./libjobs.so"
env = { LANG = "C", EMPTY = "" }
working_directory = "/srv"
[[broker]]
url = "redis://one/0"
queues = { critical = 3, default = 1 }
options = { "socket.timeout.ms" = 500, "tls" = true, ratio = 0.5, user = "u" }
[[broker]]
url = "redis://two/0"
queues = ["b", "a"]
[retry]
max_attempts = 3
backoff = "exponential"
base = "250ms"
max = "10m"
jitter = 0
crash_limit = 2
[limits]
job_timeout = "1h"
soft_timeout = "50m"
max_jobs = 1000
max_age = "24h"
max_rss = "1GiB"
max_payload = "500KiB"
spawn_timeout = "5s"
[stop]
drain_timeout = "1m"
stop_timeout = "2s"
[lease]
duration = "15s"
[log]
level = "debug"
format = "json"
)");
  ASSERT_TRUE(loaded.ok()) << loaded.errors.front().text();
  const Config& c = loaded.config;
  EXPECT_EQ(c.workers, 7);
  EXPECT_EQ(c.name, "blue-1");
  EXPECT_EQ(c.app.runtime, AppConfig::Runtime::native);
  EXPECT_EQ(c.app.load, "./libjobs.so");
  EXPECT_EQ(c.app.env.at("LANG"), "C");
  EXPECT_EQ(c.app.env.at("EMPTY"), "");
  EXPECT_EQ(c.app.working_directory, "/srv");
  ASSERT_EQ(c.brokers.size(), 2U);
  EXPECT_TRUE(c.brokers[0].weighted());
  EXPECT_EQ(c.brokers[0].queues[0].name, "critical");
  EXPECT_EQ(c.brokers[0].queues[0].weight, 3);
  EXPECT_EQ(c.brokers[0].options.at("socket.timeout.ms"), "500");
  EXPECT_EQ(c.brokers[0].options.at("tls"), "true");
  EXPECT_EQ(c.brokers[0].options.at("ratio"), "0.5");
  EXPECT_FALSE(c.brokers[1].weighted());
  EXPECT_EQ(c.brokers[1].queues[0].name, "b");
  EXPECT_EQ(c.brokers[1].queues[1].name, "a");
  EXPECT_EQ(c.brokers[1].max_payload, 500U * 1024);
  EXPECT_EQ(c.retry.max_attempts, 3U);
  EXPECT_EQ(c.retry.base, 250ms);
  EXPECT_EQ(c.retry.max, 10min);
  EXPECT_EQ(c.retry.jitter, 0.0);
  EXPECT_EQ(c.retry.crash_limit, 2U);
  EXPECT_EQ(c.limits.job_timeout, 1h);
  EXPECT_EQ(c.limits.soft_timeout, 50min);
  EXPECT_EQ(c.limits.max_jobs, 1000U);
  EXPECT_EQ(c.limits.max_age, 24h);
  EXPECT_EQ(c.limits.max_rss, std::uint64_t{1} << 30U);
  EXPECT_EQ(c.limits.max_payload, 500U * 1024);
  EXPECT_EQ(c.limits.spawn_timeout, 5s);
  EXPECT_EQ(c.stop.drain_timeout, 1min);
  EXPECT_EQ(c.stop.stop_timeout, 2s);
  EXPECT_EQ(c.lease, 15s);
  EXPECT_EQ(c.log.level, LogConfig::Level::debug);
  EXPECT_EQ(c.log.format, LogConfig::Format::json);
}

// P30
TEST_F(ConfigFile, TakesByteOrderMarkCrlfAndMissingFinalNewline) {
  EXPECT_EQ(errors("\xEF\xBB\xBF" + std::string{kApp}), "");
  EXPECT_EQ(errors("workers = 2\r\n[app]\r\ncommand = [\"a\",\r\n \"b\"]\r\n"), "");
  EXPECT_EQ(errors("[app]\ncommand = [\"./handle\"]"), "");
}

TEST_F(ConfigFile, RefusesOtherEncodingsInOneSentence) {
  EXPECT_EQ(errors("\xEF\xBB\xBF\xEF\xBB\xBF" + std::string{kApp}),
            "narwhal.toml: begins with two byte-order marks; keep one or none\n");
  EXPECT_EQ(errors(std::string("\xFF\xFE"
                               "w\0",
                               4)),
            "narwhal.toml: is UTF-16; save it as UTF-8\n");
  EXPECT_EQ(errors(std::string("\xFE\xFF\0w", 4)), "narwhal.toml: is UTF-16; save it as UTF-8\n");
  EXPECT_EQ(errors(std::string("workers\0 = 4", 12)),
            "narwhal.toml: contains a NUL byte; it is not a text file\n");
  EXPECT_NE(errors("name = \"\xC3\x28\"\n").find("narwhal.toml:1:"), std::string::npos);
}

TEST_F(ConfigFile, EmptyFileLacksOnlyTheCommand) {
  EXPECT_EQ(errors(""),
            "narwhal.toml: app.command: is missing; runtime \"exec\" runs it for every job, e.g. "
            "command = [\"./handle\"]\n");
}

// P31
TEST_F(ConfigFile, NamesTheNearestKey) {
  EXPECT_EQ(errors_with_app("[stop]\nstop_timout = 30\n"),
            "narwhal.toml:2:1: stop.stop_timout: unknown key; did you mean \"stop_timeout\"?\n");
  EXPECT_EQ(errors_with_app("worker = 3\n"),
            "narwhal.toml:1:1: worker: unknown key; did you mean \"workers\"?\n");
  EXPECT_EQ(errors_with_app("[[broker]]\nurl = \"fake:\"\nqueue = [\"a\"]\n"),
            "narwhal.toml:3:1: broker.queue: unknown key; did you mean \"queues\"?\n");
  EXPECT_EQ(errors_with_app("xyzzy = 3\n"), "narwhal.toml:1:1: xyzzy: unknown key\n");
}

TEST_F(ConfigFile, NamesTheTableAKeyBelongsTo) {
  EXPECT_EQ(errors_with_app("[limits]\nstop_timeout = \"5s\"\n"),
            "narwhal.toml:2:1: limits.stop_timeout: unknown key here; \"stop_timeout\" belongs in "
            "[stop]\n");
  EXPECT_EQ(errors_with_app("max_attempts = 5\n"),
            "narwhal.toml:1:1: max_attempts: unknown key here; \"max_attempts\" belongs in "
            "[retry]\n");
  EXPECT_EQ(
      errors_with_app("[log]\nworkers = 4\n"),
      "narwhal.toml:2:1: log.workers: unknown key here; \"workers\" belongs at the top, above "
      "the first table\n");
  EXPECT_EQ(errors_with_app("[log]\nquues = [\"a\"]\n"),
            "narwhal.toml:2:1: log.quues: unknown key; did you mean \"queues\" in [[broker]]?\n");
}

TEST_F(ConfigFile, NamesTheNearestTable) {
  EXPECT_EQ(errors_with_app("[limit]\njob_timeout = \"5s\"\n"),
            "narwhal.toml:1:2: limit: unknown table; did you mean \"limits\"?\n");
  EXPECT_EQ(errors_with_app("[[brokers]]\nurl = \"fake:\"\n"),
            "narwhal.toml:1:3: brokers: unknown table; did you mean \"broker\"?\n");
  EXPECT_EQ(errors_with_app("[broker]\nurl = \"fake:\"\n"),
            "narwhal.toml:1:2: broker: each broker is a table of its own; write [[broker]] in "
            "double brackets\n");
  EXPECT_EQ(errors_with_app("[[log]]\nlevel = \"info\"\n"),
            "narwhal.toml:1:3: log: is a table; write [log] in single brackets\n");
  EXPECT_EQ(errors_with_app("retry = 3\n"), "narwhal.toml:1:1: retry: is a table; write [retry]\n");
}

TEST_F(ConfigFile, RefusesWhatThisVersionLacks) {
  for (const std::string table : {"[control]", "[metrics]", "[[cron]]"}) {
    EXPECT_NE(errors_with_app(table + "\nsocket = \"x\"\n").find("not supported by this version"),
              std::string::npos)
        << table;
  }
}

TEST_F(ConfigFile, ReportsDuplicates) {
  EXPECT_EQ(errors_with_app("workers = 1\nworkers = 2\n"),
            "narwhal.toml:2:11: not valid TOML: key-value pair: cannot redefine existing integer "
            "'workers'\n");
  const std::string twice = errors("[app]\ncommand = [\"a\"]\n[app]\n");
  EXPECT_NE(twice.find("narwhal.toml:3:1: not valid TOML"), std::string::npos) << twice;
  EXPECT_NE(twice.find("cannot redefine existing table 'app'"), std::string::npos) << twice;
}

TEST_F(ConfigFile, ReportsEveryMistakeAtOnce) {
  const std::string all = errors(R"(workers = 0
name = "a b"
nam = "c"
[app]
runtime = "exe"
[[broker]]
url = "rediss://u:hunter2@h"
queues = ["a", "a"]
[retry]
base = "2h"
[limits]
soft_timeout = "10s"
job_timeout = "5s"
max_payload = 64
[stop]
drain_timeout = 30
)");
  for (const char* line :
       {"narwhal.toml:1:1: workers: must be a whole number from 1 to 950, or \"auto\", not 0",
        "narwhal.toml:2:1: name: may hold only letters",
        "narwhal.toml:3:1: nam: unknown key; did you mean \"name\"?",
        "narwhal.toml:5:1: app.runtime: must be one of \"exec\", \"native\", \"ruby\", "
        "not \"exe\"; did you mean \"exec\"?",
        "narwhal.toml:7:1: broker.url: no adapter for \"rediss:\"; this build knows fake:, "
        "sqlite:, redis:; did you mean \"redis:\"?",
        "narwhal.toml:8:1: broker.queues: queue \"a\" is listed twice",
        "narwhal.toml:10:1: retry.base: base (2h) must not be longer than max (1h)",
        "narwhal.toml:12:1: limits.soft_timeout: soft_timeout (10s) must be shorter than "
        "job_timeout (5s), or \"0s\"",
        "narwhal.toml:14:1: limits.max_payload: must be a size in quotes: \"64\" for bytes, "
        "\"64MiB\"",
        "narwhal.toml:16:1: stop.drain_timeout: must be a duration with a unit, in quotes: "
        "\"30s\", \"30ms\""}) {
    EXPECT_NE(all.find(line), std::string::npos) << line << "\nnot in:\n" << all;
  }
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 10) << all;
  EXPECT_EQ(all.find("hunter2"), std::string::npos);
}

TEST_F(ConfigFile, ReportsEveryMistakeOfOneKey) {
  EXPECT_EQ(errors_with_app("[[broker]]\nqueues = [\"a\", \"a\", \"\", 3]\n"),
            "narwhal.toml:2:1: broker.queues: queue \"a\" is listed twice\n"
            "narwhal.toml:2:1: broker.queues: a queue's name is empty\n"
            "narwhal.toml:2:1: broker.queues: item 4 is a whole number; a list takes names alone "
            "(served in strict order), weights are written { critical = 3, default = 1 }\n");
  EXPECT_EQ(errors_with_app("[[broker]]\nqueues = { a = 0, b = 1.5 }\n"),
            "narwhal.toml:2:1: broker.queues: the weight of queue \"a\" must be a whole number "
            "from 1 to 1000\n"
            "narwhal.toml:2:1: broker.queues: the weight of queue \"b\" must be a whole number "
            "from 1 to 1000\n");
  EXPECT_EQ(errors(std::string{kApp} + "env = { A = 1, B = true, \"C=D\" = \"x\" }\n"),
            "narwhal.toml:3:1: app.env: \"A\" must be text in quotes, not a whole number\n"
            "narwhal.toml:3:1: app.env: \"B\" must be text in quotes, not true or false\n"
            "narwhal.toml:3:1: app.env: \"C=D\" is no name of a variable: it has a \"=\"\n");
  EXPECT_EQ(errors("[app]\ncommand = [1, \"x\", 2.5]\n"),
            "narwhal.toml:2:1: app.command: must be a list of texts; item 1 is a whole number\n"
            "narwhal.toml:2:1: app.command: must be a list of texts; item 3 is a number with a "
            "fraction\n");
}

TEST_F(ConfigFile, AMistakeInAnOptionIsToldWhereTheOptionStands) {
  EXPECT_EQ(errors_with_app("[[broker]]\nurl = \"fake:x\"\noptions = { foo = \"bad\" }\n"),
            "narwhal.toml:3:13: broker.options.foo: is bad\n");
  EXPECT_EQ(errors_with_app("[[broker]]\n[broker.options]\na = 1\n\"b.c\" = \"bad\"\n"),
            "narwhal.toml:4:1: broker.options.b.c: is bad\n");
}

TEST_F(ConfigFile, TextWithoutItsQuotesIsRecognised) {
  EXPECT_NE(errors_with_app("workers = auto\n").find("; text needs quotes: workers = \"auto\""),
            std::string::npos)
      << errors_with_app("workers = auto\n");
  const std::string secrets =
      errors_with_app("[[broker]]\nurl = redis://:hunter@h\n[broker.options]\npassword = hunter\n");
  EXPECT_NE(secrets.find("; text needs quotes: url = \"...\""), std::string::npos) << secrets;
  EXPECT_NE(secrets.find("; text needs quotes: password = \"...\""), std::string::npos) << secrets;
  EXPECT_EQ(secrets.find("hunter"), std::string::npos) << secrets;
  EXPECT_EQ(errors_with_app("workers = 1x\n").find("quotes"), std::string::npos);
}

TEST_F(ConfigFile, ASyntaxErrorDoesNotHideTheOthers) {
  const std::string all =
      errors("workers = 9223372036854775808\nname = nope\nnam = \"c\"\n[app]\ncommand = [\"a\"]\n");
  EXPECT_NE(all.find("narwhal.toml:1:"), std::string::npos) << all;
  EXPECT_NE(all.find("'9223372036854775808' is not representable in 64 bits"), std::string::npos);
  EXPECT_NE(all.find("narwhal.toml:2:"), std::string::npos) << all;
  EXPECT_NE(all.find("narwhal.toml:3:1: nam: unknown key"), std::string::npos) << all;
}

TEST_F(ConfigFile, AnOpenBracketIsReportedOnce) {
  const std::string all = errors("[app]\ncommand = [\"a\",\n[retry]\nmax_attempts = 3\n");
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 1) << all;
  EXPECT_NE(all.find("nothing after this was checked"), std::string::npos) << all;
}

TEST_F(ConfigFile, AbsurdNestingIsRefused) {
  std::string dotted;
  for (int i = 0; i < 100'000; ++i) dotted += "a.";
  EXPECT_NE(errors(dotted + "a = 1\n").find("dots"), std::string::npos);
  EXPECT_NE(errors("a = " + std::string(100'000, '[')).find("not valid TOML"), std::string::npos);
}

// P33
struct WrongValue {
  const char* line;
  const char* message;
};
// The name of a test, which would else be the bytes of its parameter.
void PrintTo(const WrongValue& value, std::ostream* out) { *out << value.line; }
class ConfigValue : public ConfigFile, public ::testing::WithParamInterface<WrongValue> {};

TEST_P(ConfigValue, GetsOnePreciseError) {
  const std::string all = errors_with_app(std::string{GetParam().line} + "\n");
  EXPECT_NE(all.find(GetParam().message), std::string::npos) << all;
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 1) << all;
}

INSTANTIATE_TEST_SUITE_P(
    P33, ConfigValue,
    ::testing::Values(
        WrongValue{"workers = \"4\"", "or \"auto\", not the text \"4\""},
        WrongValue{"workers = 4.5", "not a number with a fraction"},
        WrongValue{"workers = 0", "from 1 to 950, or \"auto\", not 0"},
        WrongValue{"workers = -1", "not -1"}, WrongValue{"workers = 100000", "not 100000"},
        WrongValue{"workers = true", "not true or false"},
        WrongValue{"workers = 9223372036854775807", "not 9223372036854775807"},
        WrongValue{"workers = nan", "not a number with a fraction"},
        WrongValue{"workers = 2020-01-01", "not a date or time"},
        WrongValue{"workers = [4]", "not a list"}, WrongValue{"workers = {}", "not a table"},
        WrongValue{"name = 5", "must be text in quotes, not a whole number"},
        WrongValue{"[stop]\ndrain_timeout = 30", "in quotes: \"30s\", \"30ms\""},
        WrongValue{"[stop]\ndrain_timeout = \"30\"", "\"30\" has no unit; write \"30s\", \"30m\""},
        WrongValue{"[stop]\ndrain_timeout = \"30 s\"", "written without a space"},
        WrongValue{"[stop]\ndrain_timeout = \"30 parsecs\"", "unknown unit \" parsecs\""},
        WrongValue{"[stop]\ndrain_timeout = \"1.5s\"", "not a whole number"},
        WrongValue{"[stop]\ndrain_timeout = \"-5s\"", "\"-5s\" is not a duration"},
        WrongValue{"[stop]\ndrain_timeout = \"\"", "\"\" is not a duration"},
        WrongValue{"[stop]\ndrain_timeout = \"s\"", "\"s\" is not a duration"},
        WrongValue{"[stop]\ndrain_timeout = nan", "must be a duration in quotes"},
        WrongValue{"[stop]\ndrain_timeout = \"99999999999999999999h\"", "longer than ten years"},
        WrongValue{"[stop]\ndrain_timeout = \"9000h\"", "must be from 1ms to 8760h, or \"0s\""},
        WrongValue{"[stop]\nstop_timeout = \"0s\"", "must be from 1ms to 8760h, not \"0s\""},
        WrongValue{"[limits]\nmax_payload = \"64MB\"", "unknown unit \"MB\""},
        WrongValue{"[limits]\nmax_payload = \"0\"", "must be from 1B to 1GiB"},
        WrongValue{"[limits]\nmax_payload = \"99999999999GiB\"", "is too large"},
        WrongValue{"[limits]\nmax_rss = \"10KiB\"", "must be from 1MiB"},
        WrongValue{"[retry]\njitter = nan", "a number from 0 to 1, not nan"},
        WrongValue{"[retry]\njitter = 1.5", "a number from 0 to 1, not 1.5"},
        WrongValue{"[retry]\njitter = -inf", "a number from 0 to 1, not -inf"},
        WrongValue{"[retry]\nbackoff = \"linear\"", "must be \"exponential\", not \"linear\""},
        WrongValue{"[log]\nlevel = \"warn\"", "did you mean \"warning\"?"},
        WrongValue{"[[broker]]\noptions = { a = [1] }", "\"a\" must be text in quotes, not a list"},
        WrongValue{"[[broker]]\nurl = \"\"", "broker.url: is empty"},
        WrongValue{"[[broker]]\nurl = \"nonsense\"", "broker.url: is no URL"},
        WrongValue{"[[broker]]\nurl = \"fake:invalid\"", "broker.url: the host of fake:invalid"},
        WrongValue{"name = \"a\\u0000b\"", "holds a NUL character"}));

TEST_F(ConfigFile, WorkersAutoIsOnePerCore) {
  const LoadedConfig loaded = load("workers = \"auto\"\n" + std::string{kApp});
  ASSERT_TRUE(loaded.ok());
  EXPECT_GE(loaded.config.workers, 1);
}

TEST_F(ConfigFile, WorkersShareSelectWithTheirConnections) {
  brokers_.type().capabilities.connections_per_worker = 1;
  EXPECT_EQ(errors_with_app("workers = 475\n"), "");
  EXPECT_EQ(errors_with_app("workers = 476\n"),
            "narwhal.toml:1:1: workers: must be at most 475 with these brokers, not 476: each "
            "worker takes 2 of the 950 descriptors that select() has for them, since fake needs a "
            "connection for each\n");
  const std::string two = "[[broker]]\nurl = \"fake:a\"\n[[broker]]\nurl = \"fake:b\"\n";
  EXPECT_EQ(errors_with_app("workers = 316\n" + two), "");
  EXPECT_NE(errors_with_app("workers = 317\n" + two).find("at most 316"), std::string::npos);
}

TEST_F(ConfigFile, ZeroTurnsLimitsOff) {
  const LoadedConfig loaded = load(std::string{kApp} +
                                   "[limits]\njob_timeout = \"0s\"\nmax_rss = \"0\"\nmax_jobs = 0\n"
                                   "[stop]\ndrain_timeout = \"0s\"\n");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.config.stop.drain_timeout, 0s);
}

// P34, P95, P96
struct WrongQueues {
  const char* value;
  const char* message;
};
void PrintTo(const WrongQueues& queues, std::ostream* out) { *out << queues.value; }
class ConfigQueues : public ConfigFile, public ::testing::WithParamInterface<WrongQueues> {};

TEST_P(ConfigQueues, AreRefusedByName) {
  const std::string all =
      errors_with_app("[[broker]]\nqueues = " + std::string{GetParam().value} + "\n");
  EXPECT_NE(all.find("narwhal.toml:2:1: broker.queues: " + std::string{GetParam().message}),
            std::string::npos)
      << all;
}

INSTANTIATE_TEST_SUITE_P(
    P34, ConfigQueues,
    ::testing::Values(
        WrongQueues{"[\"a\", \"b\", \"a\"]", "queue \"a\" is listed twice"},
        WrongQueues{"[\"a\", { b = 2 }]", "item 2 is a table; a list takes names alone"},
        WrongQueues{"[\"a\", [\"b\", 2]]", "item 2 is a list; a list takes names alone"},
        WrongQueues{"{ a = 2, b = \"x\" }", "the weight of queue \"b\" must be a whole number"},
        WrongQueues{"{ a = 0 }", "the weight of queue \"a\" must be a whole number from 1 to 1000"},
        WrongQueues{"{ a = 1001 }", "the weight of queue \"a\""},
        WrongQueues{"{ a = 1.5 }", "the weight of queue \"a\""},
        WrongQueues{"[]", "names no queue"}, WrongQueues{"{}", "names no queue"},
        WrongQueues{"\"default\"", "must be a list: [\"default\"]"},
        WrongQueues{"3", "must be a list of names or a table of weights"},
        WrongQueues{"[\"\"]", "a queue's name is empty"},
        WrongQueues{"[\"high\", \"*\", \"low\"]", "queue \"*\": wildcards are not supported"},
        WrongQueues{"[\"staging_*\"]", "queue \"staging_*\": wildcards are not supported"},
        WrongQueues{"[\"a\\nb\"]", "queue \"a\\nb\" has a control character"}));

TEST_F(ConfigFile, QueueNamesAreKeptByteForByte) {
  const std::vector<std::string> names = {"queue+name",
                                          "a b",
                                          "{x}",
                                          "x:y",
                                          "über",
                                          "u\xCC\x88"
                                          "ber",
                                          "キュー",
                                          "a,3",
                                          std::string(255, 'q')};
  std::string list;
  for (const std::string& name : names) list += "\"" + name + "\",";
  const LoadedConfig loaded = load(std::string{kApp} + "[[broker]]\nqueues = [" + list + "]\n");
  ASSERT_TRUE(loaded.ok()) << loaded.errors.front().text();
  ASSERT_EQ(loaded.config.brokers[0].queues.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(loaded.config.brokers[0].queues[i].name, names[i]);
  }
  EXPECT_NE(errors(std::string{kApp} + "[[broker]]\nqueues = [\"" + std::string(300, 'q') + "\"]\n")
                .find("has a name of 300 bytes; at most 255"),
            std::string::npos);
}

TEST_F(ConfigFile, WeightsNeedAnAdapterThatHasThem) {
  brokers_.type().capabilities.weights = false;
  EXPECT_EQ(
      errors_with_app("[[broker]]\nqueues = { a = 1 }\n"),
      "narwhal.toml:2:1: broker.queues: fake cannot serve queues by weight; list their names in "
      "order\n");
}

TEST_F(ConfigFile, PayloadLimitIsTheBrokersWhereThatIsLower) {
  brokers_.type().capabilities.max_payload = 65535;
  EXPECT_EQ(load(kApp).config.brokers[0].max_payload, 65535U);
  EXPECT_EQ(
      load(std::string{kApp} + "[limits]\nmax_payload = \"1KiB\"\n").config.brokers[0].max_payload,
      1024U);
}

TEST_F(ConfigFile, TheSameBrokerTwiceIsRefused) {
  const std::string broker = "[[broker]]\nurl = \"redis://u:hunter2@h\"\n";
  EXPECT_EQ(errors_with_app(broker + broker),
            "narwhal.toml:4:1: broker.url: the same URL as an earlier [[broker]]; list all its "
            "queues there\n");
}

TEST_F(ConfigFile, RuntimesNeedTheirOwnKeysOnly) {
  EXPECT_NE(errors("[app]\nruntime = \"native\"\n").find("app.load: is missing"),
            std::string::npos);
  EXPECT_NE(errors("[app]\nruntime = \"native\"\nload = \"x.so\"\ncommand = [\"a\"]\n")
                .find("narwhal.toml:4:1: app.command: is not used by runtime \"native\""),
            std::string::npos);
  EXPECT_NE(errors("[app]\nruntime = \"ruby\"\n").find("app.load: is missing; runtime \"ruby\""),
            std::string::npos);
  EXPECT_NE(errors("[app]\nruntime = \"ruby\"\nload = \"x.rb\"\ncommand = [\"a\"]\n")
                .find("narwhal.toml:4:1: app.command: is not used by runtime \"ruby\""),
            std::string::npos);
  EXPECT_NE(errors("[app]\nload = \"x.so\"\ncommand = [\"a\"]\n")
                .find("narwhal.toml:2:1: app.load: is not used by runtime \"exec\""),
            std::string::npos);
  EXPECT_NE(errors("[app]\ncommand = [\"\"]\n").find("begins with an empty text"),
            std::string::npos);
  EXPECT_NE(errors("[app]\ncommand = \"./handle\"\n").find("must be a list of texts, such as"),
            std::string::npos);
  EXPECT_NE(errors("[app]\ncommand = [\"a\", 3]\n").find("item 2 is a whole number"),
            std::string::npos);
  EXPECT_NE(errors("[app]\ncommand = [\"a\"]\nenv = { PORT = 3000 }\n")
                .find("\"PORT\" must be text in quotes, not a whole number"),
            std::string::npos);
}

// Variables: P41, last clause.
TEST_F(ConfigFile, VariablesAreExpanded) {
  environment_ = {{"REDIS_URL", "redis://h/1"}, {"EMPTY", ""}, {"HOSTILE", "${REDIS_URL}"}};
  const LoadedConfig loaded = load(R"(
[app]
command = ["${NONE:-./handle}", "$HOME", "$$", "$${X}", "${HOSTILE}", "${EMPTY}", "${EMPTY:-d}"]
env = { A = "x${REDIS_URL}y" }
[[broker]]
url = "${REDIS_URL}"
)");
  ASSERT_TRUE(loaded.ok()) << loaded.errors.front().text();
  const std::vector<std::string> command = {"./handle",     "$HOME", "$", "${X}",
                                            "${REDIS_URL}", "",      "d"};
  EXPECT_EQ(loaded.config.app.command, command);
  EXPECT_EQ(loaded.config.app.env.at("A"), "xredis://h/1y");
  EXPECT_EQ(loaded.config.brokers[0].url, "redis://h/1");
}

TEST_F(ConfigFile, AnUnsetVariableIsAnErrorThatNamesIt) {
  EXPECT_EQ(errors_with_app("[[broker]]\nurl = \"${REDIS_URL}\"\n"),
            "narwhal.toml:2:1: broker.url: the environment variable REDIS_URL is not set\n");
  EXPECT_EQ(errors("[app]\ncommand = [\"a\",\n \"${MISSING}\"]\n"),
            "narwhal.toml:3:2: app.command: the environment variable MISSING is not set\n");
  EXPECT_NE(errors_with_app("name = \"${\"\n").find("no closing"), std::string::npos);
  EXPECT_NE(errors_with_app("name = \"${a b}\"\n").find("must hold a variable's name"),
            std::string::npos);
  EXPECT_NE(errors_with_app("name = \"${A:-${B}}\"\n").find("cannot hold another variable"),
            std::string::npos);
}

// P32
TEST_F(ConfigFile, OverridesTakePrecedence) {
  environment_ = {{"NARWHAL_WORKERS", "8"},
                  {"NARWHAL_LOG_LEVEL", "debug"},
                  {"NARWHAL_STOP_STOP_TIMEOUT", "9s"},
                  {"NARWHAL_RETRY_JITTER", "0.5"},
                  {"NARWHAL_LIMITS_MAX_PAYLOAD", "1KiB"},
                  {"NARWHAL_LEASE_DURATION", "10s"}};
  const LoadedConfig loaded = load("workers = 2\n" + std::string{kApp});
  ASSERT_TRUE(loaded.ok()) << loaded.errors.front().text();
  EXPECT_TRUE(loaded.warnings.empty());
  EXPECT_EQ(loaded.config.workers, 8);
  EXPECT_EQ(loaded.config.log.level, LogConfig::Level::debug);
  EXPECT_EQ(loaded.config.stop.stop_timeout, 9s);
  EXPECT_EQ(loaded.config.retry.jitter, 0.5);
  EXPECT_EQ(loaded.config.lease, 10s);
  EXPECT_EQ(loaded.config.brokers[0].max_payload, 1024U);
}

TEST_F(ConfigFile, ABadOverrideIsAnErrorThatNamesTheVariable) {
  environment_ = {{"NARWHAL_WORKERS", "abc"}, {"NARWHAL_STOP_STOP_TIMEOUT", "9"}};
  EXPECT_EQ(errors(kApp),
            "NARWHAL_STOP_STOP_TIMEOUT: stop.stop_timeout: \"9\" has no unit; write \"9s\", \"9m\" "
            "or \"9ms\"\n"
            "NARWHAL_WORKERS: workers: must be a whole number from 1 to 950, or \"auto\", not the "
            "text \"abc\"\n");
  environment_ = {{"NARWHAL_WORKERS", "99999999999999999999"}};
  EXPECT_NE(errors(kApp).find("NARWHAL_WORKERS: workers: must be"), std::string::npos);
  environment_ = {{"NARWHAL_WORKERS", ""}};
  EXPECT_NE(errors(kApp).find("NARWHAL_WORKERS: workers: must be"), std::string::npos);
  environment_ = {{"NARWHAL_LIMITS_SOFT_TIMEOUT", "20s"}, {"NARWHAL_LIMITS_JOB_TIMEOUT", "10s"}};
  EXPECT_NE(errors(kApp).find("NARWHAL_LIMITS_SOFT_TIMEOUT: limits.soft_timeout: soft_timeout "),
            std::string::npos);
}

TEST_F(ConfigFile, AMisspeltOverrideIsAWarningThatNamesTheNearest) {
  environment_ = {{"NARWHAL_WOKERS", "9"}};
  EXPECT_EQ(warnings(),
            "NARWHAL_WOKERS: overrides no key, ignored; did you mean NARWHAL_WORKERS?\n");
  environment_ = {{"NARWHAL_LOG_COLOUR", "9"}};
  EXPECT_EQ(warnings(), "NARWHAL_LOG_COLOUR: overrides no key, ignored\n");
  environment_ = {{"NARWHAL_STOP_TIMEOUT", "9s"}};
  EXPECT_EQ(warnings(),
            "NARWHAL_STOP_TIMEOUT: overrides no key, ignored; did you mean "
            "NARWHAL_STOP_STOP_TIMEOUT?\n");
  environment_ = {{"NARWHAL_BROKER_URL", "fake:"}};
  EXPECT_NE(warnings().find("broker.url cannot be overridden"), std::string::npos);
  EXPECT_EQ(warnings(std::string{kApp} + "[[broker]]\nurl = \"${NARWHAL_BROKER_URL}\"\n"), "");
}

TEST_F(ConfigFile, AnOverrideOfALaterVersionIsAnErrorAsItIsInTheFile) {
  environment_ = {{"NARWHAL_CONTROL_SOCKET", "x"}, {"NARWHAL_METRICS_LISTEN", "127.0.0.1:9464"}};
  EXPECT_EQ(
      errors(kApp),
      "NARWHAL_CONTROL_SOCKET: control.socket: this table is not supported by this version of "
      "Narwhal\n"
      "NARWHAL_METRICS_LISTEN: metrics.listen: this table is not supported by this version of "
      "Narwhal\n");
  environment_ = {{"NARWHAL_CONTROL_SOCKET", "name"}};
  EXPECT_EQ(errors("name = \"${NARWHAL_CONTROL_SOCKET}\"\n" + std::string{kApp}), "");
  // As Kubernetes names a service "narwhal-metrics" to those beside it.
  environment_ = {{"NARWHAL_METRICS_PORT_80_TCP", "tcp://10.0.0.1:80"}};
  EXPECT_EQ(errors(kApp), "");
  EXPECT_EQ(warnings(), "NARWHAL_METRICS_PORT_80_TCP: overrides no key, ignored\n");
}

TEST_F(ConfigFile, UnrelatedVariablesAreLeftAlone) {
  environment_ = {{"NARWHAL_HOME", "/opt"}, {"NARWHAL_", ""}, {"NARWHALS", "x"}, {"PATH", "/bin"}};
  EXPECT_EQ(errors(kApp), "");
  EXPECT_EQ(warnings(), "");
  environment_ = {{"NARWHAL_JOB_ID", "1"},  {"NARWHAL_QUEUE", "q"},       {"NARWHAL_ATTEMPT", "1"},
                  {"NARWHAL_CRASHES", "0"}, {"NARWHAL_ENQUEUED_AT", "1"}, {"NARWHAL_DEADLINE", "1"},
                  {"NARWHAL_WORKER", "3"}};
  EXPECT_EQ(errors(kApp), "");
  EXPECT_EQ(warnings(), "");
  environment_ = {{"NARWHAL_WORKER", "3"}};
  EXPECT_NE(warnings().find("did you mean NARWHAL_WORKERS?"), std::string::npos);
}

// P90
TEST_F(ConfigFile, SecretsOfUrlsNeverShow) {
  for (const std::string secret :
       {"p@ss", "p:ss:word", "p/ss/word", "p#ss", "p?ss=1&x", "p%40ss%2Fw", "pass word"}) {
    const std::string all =
        errors_with_app("[[broker]]\nurl = \"redis://user:" + secret +
                        "@invalid:6379/0\"\n"
                        "[[broker]]\nurl = \"nope://user:" +
                        secret +
                        "@h\"\n"
                        "[[broker]]\nurl = \"user:" +
                        secret +
                        "\"\n"
                        "[[broker]]\nurl = \"" +
                        secret +
                        "\"\n"
                        "[[broker]]\nurl = \"fake:invalid\"\noptions = { password = \"" +
                        secret + "\" }\n");
    EXPECT_EQ(all.find(secret), std::string::npos) << all;
    EXPECT_EQ(all.find("p@ss/w"), std::string::npos) << all;
    EXPECT_EQ(all.find("user:p"), std::string::npos) << all;
    EXPECT_NE(all.find("is invalid"), std::string::npos) << all;
  }
  EXPECT_EQ(errors("[[broker]]\nurl = redis://:hunter2@h\n").find("hunter2"), std::string::npos);
  EXPECT_EQ(errors("[[broker]]\nurl = \"redis://:hunter2@h\n").find("hunter2"), std::string::npos);
  EXPECT_EQ(errors("[[broker]]\nurl = \"redis://:hun\\ter2@h\" x\n").find("er2@"),
            std::string::npos);
}

TEST_F(ConfigFile, AFileThatCannotBeReadIsAnErrorThatNamesIt) {
  const BrokerTypes types = {&brokers_.type()};
  const LoadedConfig missing = load_config("/nonexistent/n.toml", {}, types);
  ASSERT_EQ(missing.errors.size(), 1U);
  EXPECT_EQ(missing.errors[0].text(),
            "/nonexistent/n.toml: unable to open: No such file or directory");
  const LoadedConfig directory = load_config("/", {}, types);
  ASSERT_EQ(directory.errors.size(), 1U) << "a directory";
  EXPECT_EQ(directory.errors[0].text(), "/: unable to read: Is a directory");
}

}  // namespace
}  // namespace narwhal
