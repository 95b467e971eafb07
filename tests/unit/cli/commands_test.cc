// The one-shot commands as a user runs them: arguments in, output and exit code out.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/descriptor_input.h"
#include "narwhal/unique_fd.h"
#include "tests/unit/cli/command_fixture.h"
#include "tests/unit/cli/fake_broker.h"

namespace narwhal {
namespace {

// A base, so that it is there before the fixture that refers to it.
struct WithFakeBrokers {
  FakeBrokers brokers_;
};

class Commands : protected WithFakeBrokers, public CommandFixture {
 protected:
  Commands() : CommandFixture(brokers_.type()) {
    write_config("[app]\ncommand = [\"./handle\"]\n[[broker]]\nurl = \"fake:one\"\n");
  }

  FakeStore& store(const std::string& url = "fake:one") { return brokers_.stores[url]; }
};

// --- the command line itself

TEST_F(Commands, HelpListsTheCommandsAndNotTheInternalOne) {
  EXPECT_EQ(run_bare({"--help"}), 0);
  for (const char* command : {"run", "check", "enqueue", "dead"}) {
    EXPECT_NE(out().find(std::string{"\n  "} + command + " "), std::string::npos) << out();
  }
  EXPECT_EQ(out().find("mold"), std::string::npos);
  EXPECT_EQ(run_bare({"enqueue", "--help"}), 0);
  EXPECT_NE(out().find("Usage: narwhal enqueue [OPTIONS] [PAYLOAD]"), std::string::npos) << out();
  EXPECT_NE(out().find("--priority"), std::string::npos) << out();
  EXPECT_EQ(run_bare({"dead", "--help"}), 0);
  EXPECT_NE(out().find("delete"), std::string::npos) << out();
  EXPECT_EQ(run_bare({"dead", "list", "-h"}), 0);
  EXPECT_NE(out().find("--limit"), std::string::npos) << out();
}

TEST_F(Commands, VersionIsPrinted) {
  EXPECT_EQ(run_bare({"--version"}), 0);
  EXPECT_EQ(out().substr(0, 8), "narwhal ");
  EXPECT_EQ(err(), "");
}

struct BadLine {
  std::vector<std::string> arguments;
  const char* message;
};
// The name of a test, which would else be the bytes of its parameter.
void PrintTo(const BadLine& line, std::ostream* out) { *out << line.message; }
class CommandLineMistake : public Commands, public ::testing::WithParamInterface<BadLine> {};

TEST_P(CommandLineMistake, ExitsWith64) {
  EXPECT_EQ(run(GetParam().arguments), 64) << err();
  EXPECT_NE(err().find(GetParam().message), std::string::npos) << err();
  EXPECT_EQ(out(), "");
  EXPECT_TRUE(store().jobs.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Each, CommandLineMistake,
    ::testing::Values(
        BadLine{{}, "which command? One of: run, check, enqueue, dead"},
        BadLine{{"chek"}, "unknown command: chek; did you mean check?"},
        BadLine{{"enqeue", "x"}, "unknown command: enqeue; did you mean enqueue?"},
        BadLine{{"frobnicate"}, "unknown command: frobnicate"},
        BadLine{{"check", "--conect"}, "unknown option: --conect; did you mean --connect?"},
        BadLine{{"enqueue", "--que=x", "p"}, "unknown option: --que; did you mean --queue?"},
        BadLine{{"check", "extra"}, "unknown argument: extra"},
        BadLine{{"dead"}, "which command? One of: list, show, retry, delete"},
        BadLine{{"dead", "lst"}, "unknown command: lst; did you mean list?"},
        BadLine{{"dead", "show"}, "which job? Give its id"},
        BadLine{{"dead", "show", "a", "b"}, "show takes one id"},
        BadLine{{"dead", "retry"}, "which jobs? Give ids, or --all"},
        BadLine{{"dead", "retry", "a", "--all"}, "give either ids or --all"},
        BadLine{{"dead", "delete", "a", "--queue", "q"}, "--queue needs --all"},
        BadLine{{"dead", "show", ""}, "an id is empty"},
        BadLine{{"dead", "delete", "a", ""}, "an id is empty"},
        BadLine{{"dead", "list", "--limit", "0"}, "--limit: \"0\" is not from 1 to 1000000000"},
        BadLine{{"dead", "list", "--limit", "abc"},
                "--limit: \"abc\" is no whole number from 1 to"},
        BadLine{{"dead", "list", "--broker", "2"}, "--broker: 2 is not from 1 to 1"},
        BadLine{{"dead", "list", "--queue", "*"}, "wildcards are not supported"},
        BadLine{{"enqueue"}, "what to enqueue?"},
        BadLine{{"enqueue", "--in", "5", "p"}, "--in: \"5\" has no unit"},
        BadLine{{"enqueue", "--in", "5m", "--at", "2030-01-01T00:00:00Z", "p"},
                "--in and --at exclude each other"},
        BadLine{{"enqueue", "--at", "tomorrow", "p"}, "--at: \"tomorrow\" is no time"},
        BadLine{{"enqueue", "--at", "2030-02-30T00:00:00Z", "p"}, "--at:"},
        BadLine{{"enqueue", "--at", "2041-01-01T00:00:00Z", "p"},
                "--at: \"2041-01-01T00:00:00Z\" is more than ten years from now"},
        BadLine{{"enqueue", "--in", "87841h", "p"}, "--in: \"87841h\" is longer than ten years"},
        BadLine{{"-c", "a.toml", "check"}, "--config is given more than once"},
        BadLine{{"check", "-c", "a.toml"}, "--config is given more than once"},
        BadLine{{"enqueue", "--queue", "a", "--queue", "b", "p"},
                "--queue is given more than once"},
        BadLine{{"enqueue", "--priority", "high", "p"},
                "--priority: \"high\" is no whole number from -2147483648 to 2147483647"},
        BadLine{{"enqueue", "--priority", "1.5", "p"}, "\"1.5\" is no whole number"},
        BadLine{{"enqueue", "--priority", "2147483648", "p"},
                "\"2147483648\" is not from -2147483648 to 2147483647"},
        BadLine{{"enqueue", "--priority", "99999999999999999999", "p"},
                "\"99999999999999999999\" is not from"},
        BadLine{{"enqueue", "-x"}, "(before a payload that begins with a dash, write --)"},
        BadLine{{"enqueue", "--queue", "", "p"}, "--queue: a queue's name is empty"},
        BadLine{{"enqueue", "--queue", "a*", "p"}, "--queue: queue \"a*\": wildcards"},
        BadLine{{"enqueue", "--args", "[]", "p"}, "--args needs --class"},
        BadLine{{"enqueue", "--class", "A", "p"}, "give either --class or a payload"},
        BadLine{{"enqueue", "--class", ""}, "--class is empty"},
        BadLine{{"enqueue", "--id", "a\nb", "p"}, "--id has a control character"},
        BadLine{{"enqueue", "--bulk", "--id", "a"}, "leave --id out"},
        BadLine{{"enqueue", "--ids", "p"}, "--ids needs --bulk"},
        BadLine{{"enqueue", "--broker", "3", "p"}, "--broker: 3 is not from 1 to 1"},
        BadLine{{"enqueue", "--broker", "nope://h", "p"}, "no adapter for \"nope:\""},
        BadLine{{"mold"}, "--fd"}));

TEST_F(Commands, MoldGetsItsDescriptor) { EXPECT_EQ(run_bare({"mold", "--fd", "7"}), 7); }

TEST_F(Commands, RunHandsTheConfigurationToTheDaemon) {
  environment_ = {{"NARWHAL_WORKERS", "9"}, {"NARWHAL_WOKERS", "9"}};
  EXPECT_EQ(run({"run"}), 42);
  ASSERT_TRUE(daemon_config_);
  EXPECT_EQ(daemon_config_->workers, 9);
  EXPECT_NE(err().find("warning: NARWHAL_WOKERS"), std::string::npos);
}

TEST_F(Commands, RunRefusesABadConfiguration) {
  write_config("workers = 0\n");
  EXPECT_EQ(run({"run"}), 78);
  EXPECT_FALSE(daemon_config_);
  EXPECT_NE(err().find("narwhal.toml:1:1: workers: must be"), std::string::npos) << err();
}

TEST_F(Commands, AMissingConfigurationIsABadOne) {
  EXPECT_EQ(run_bare({"check", "-c", "/nonexistent/narwhal.toml"}), 78);
  EXPECT_NE(err().find("/nonexistent/narwhal.toml"), std::string::npos) << err();
  EXPECT_EQ(run_bare({"run", "-c", "/nonexistent/narwhal.toml"}), 78);
}

TEST_F(Commands, AnUnusableConfigurationPathIsNamedOnce) {
  for (const char* command : {"check", "run"}) {
    EXPECT_EQ(run_bare({command, "-c", "/"}), 78);
    EXPECT_EQ(err(), "/: unable to read: Is a directory\n");
    EXPECT_EQ(run_bare({command, "-c", ""}), 78);
    EXPECT_EQ(err(), "narwhal: -c: the path of the configuration is empty\n");
  }
}

TEST_F(Commands, TheConfigurationMayComeBeforeTheCommand) {
  EXPECT_EQ(run_bare({"-c", config_.string(), "check"}), 0) << err();
}

// --- check

TEST_F(Commands, CheckShowsWhatTheConfigurationComesTo) {
  write_config(
      "name = \"blue\"\nworkers = 3\n[app]\ncommand = [\"./handle\", \"--token=hunter2\"]\n"
      "[[broker]]\nurl = \"redis://u:hunter2@h/0\"\nqueues = [\"b\", \"a\"]\n"
      "[[broker]]\nurl = \"fake:two\"\nqueues = { x = 3, y = 1 }\n");
  EXPECT_EQ(run({"check"}), 0) << err();
  EXPECT_EQ(out(), config_.string() +
                       " is valid\n"
                       "  name         blue\n"
                       "  workers      3\n"
                       "  app          exec, runs ./handle with 1 argument(s)\n"
                       "  broker 1     redis://***@h/0\n"
                       "    queues     b, a (in this order)\n"
                       "    payload    up to 64MiB\n"
                       "  broker 2     fake:two\n"
                       "    queues     x = 3, y = 1 (by weight)\n"
                       "    payload    up to 64MiB\n");
}

TEST_F(Commands, CheckShowsEveryMistake) {
  write_config("workers = 0\nnam = 1\n");
  EXPECT_EQ(run({"check"}), 78);
  EXPECT_EQ(out(), "");
  EXPECT_NE(err().find(":1:1: workers: "), std::string::npos) << err();
  EXPECT_NE(err().find(":2:1: nam: unknown key; did you mean \"name\"?"), std::string::npos);
  EXPECT_NE(err().find("app.command: is missing"), std::string::npos);
}

TEST_F(Commands, CheckConnectTriesBrokersAndApp) {
  EXPECT_EQ(run({"check", "--connect"}), 0);
  EXPECT_NE(out().find("broker 1 (fake:one): ok\napp: ok\n"), std::string::npos) << out();
  store().max_payload = 64511;
  EXPECT_EQ(run({"check", "--connect"}), 0);
  EXPECT_NE(out().find("(fake:one): ok; the server takes payloads up to 64511B only"),
            std::string::npos)
      << out();
  app_ = Error{ErrorKind::invalid, "unable to load: libjobs.so", "undefined symbol"};
  EXPECT_EQ(run({"check", "--connect"}), 75);
  EXPECT_NE(out().find("app: unable to load: libjobs.so: undefined symbol"), std::string::npos);
  store().away = true;
  EXPECT_EQ(run({"check", "--connect"}), 69);
  EXPECT_NE(out().find("broker 1 (fake:one): unable to connect: fake:one"), std::string::npos);
}

TEST_F(Commands, CheckPrintsJson) {
  EXPECT_EQ(run({"check", "--json"}), 0);
  EXPECT_EQ(out().find("{\"ok\":true,\"errors\":[],\"warnings\":[],\"config\":{\"name\":"), 0U)
      << out();
  write_config("workers = 0\n");
  EXPECT_EQ(run({"check", "--json"}), 78);
  EXPECT_EQ(out().find("{\"ok\":false,\"errors\":[{\"file\":"), 0U) << out();
  EXPECT_NE(out().find("\"line\":1,\"column\":1,\"key\":\"workers\""), std::string::npos) << out();
}

// --- enqueue

TEST_F(Commands, EnqueuePrintsTheIdOfAConfirmedJob) {
  EXPECT_EQ(run({"enqueue", "hello"}), 0) << err();
  EXPECT_EQ(out(), "id-1\n");
  ASSERT_EQ(store().jobs.size(), 1U);
  const NewJob& job = store().jobs[0];
  EXPECT_EQ(job.payload, "hello");
  EXPECT_EQ(job.queue, "default");
  EXPECT_EQ(job.priority, 0);
  EXPECT_FALSE(job.run_at);
}

TEST_F(Commands, AnIdThatCouldNotBePrintedIsToldElsewhere) {
  break_output_ = true;
  EXPECT_EQ(run({"enqueue", "hello"}), 74);
  EXPECT_EQ(store().jobs.size(), 1U);
  EXPECT_EQ(err(),
            "narwhal: unable to write to standard output\n"
            "narwhal: the job is stored all the same; its id is id-1\n");
  EXPECT_EQ(run({"enqueue", "--bulk"}, "a\nb\n"), 74);
  EXPECT_NE(err().find("narwhal: 2 jobs are stored all the same\n"), std::string::npos) << err();
  EXPECT_EQ(run({"enqueue", "--bulk", "--ids"}, "a\n"), 74);
  EXPECT_NE(err().find("narwhal: 1 job is stored all the same\n"), std::string::npos) << err();
}

TEST_F(Commands, EnqueueTakesEveryOption) {
  EXPECT_EQ(
      run({"enqueue", "--queue", "キュー", "--in", "5m", "--priority", "-3", "--id", "mine", "x"}),
      0)
      << err();
  EXPECT_EQ(out(), "mine\n");
  const NewJob& job = store().jobs.at(0);
  EXPECT_EQ(job.queue, "キュー");
  EXPECT_EQ(job.priority, -3);
  EXPECT_EQ(job.id, "mine");
  EXPECT_EQ(to_unix_micros(job.run_at.value()), 1'900'000'300'250'000);
  EXPECT_EQ(run({"enqueue", "--at", "2030-03-17T18:46:40.5+01:00", "x"}), 0) << err();
  EXPECT_EQ(to_unix_micros(store().jobs.at(1).run_at.value()), 1'900'000'000'500'000);
}

TEST_F(Commands, EnqueueTakesPayloadsThatLookOdd) {
  for (const std::string payload :
       {"{}", "[1,2]", "", "check", "run", "a\nb", "über", "-x", "--queue"}) {
    const std::size_t before = store().jobs.size();
    std::vector<std::string> arguments = {"enqueue", "-c", config_.string()};
    if (payload.substr(0, 1) == "-") arguments.emplace_back("--");
    arguments.push_back(payload);
    EXPECT_EQ(run_bare(arguments), 0) << payload << err();
    ASSERT_EQ(store().jobs.size(), before + 1) << payload;
    EXPECT_EQ(store().jobs.back().payload, payload);
  }
}

TEST_F(Commands, EnqueueReadsAnyBytesFromStandardInput) {
  std::string bytes;
  for (int i = 0; i < 70'000; ++i) bytes += static_cast<char>(i % 256);
  EXPECT_EQ(run({"enqueue", "-"}, bytes), 0) << err();
  EXPECT_EQ(store().jobs.at(0).payload, bytes);
  EXPECT_EQ(run({"enqueue", "-"}, ""), 0);
  EXPECT_EQ(store().jobs.at(1).payload, "");
}

TEST_F(Commands, EnqueueTellsUnreadableInputFromAnEmptyOne) {
  const UniqueFd folder{::open(folder_.c_str(), O_RDONLY | O_CLOEXEC)};
  const UniqueFd write_only{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  for (const std::string mode : {"-", "--bulk"}) {
    DescriptorInput input{folder.get()};
    std::istream in{&input};
    EXPECT_EQ(run_with({"enqueue", mode, "-c", config_.string()}, in), 74);
    EXPECT_NE(err().find("unable to read from standard input: Is a directory"), std::string::npos)
        << err();
    // As the program leaves one that was closed.
    DescriptorInput closed{write_only.get()};
    std::istream from_closed{&closed};
    EXPECT_EQ(run_with({"enqueue", mode, "-c", config_.string()}, from_closed), 74);
    EXPECT_NE(err().find("Bad file descriptor"), std::string::npos) << err();
  }
  EXPECT_TRUE(store().jobs.empty());
}

TEST_F(Commands, EnqueueRefusesAPayloadOverTheLimit) {
  environment_ = {{"NARWHAL_LIMITS_MAX_PAYLOAD", "10"}};
  EXPECT_EQ(run({"enqueue", "0123456789"}), 0);
  EXPECT_EQ(run({"enqueue", "0123456789x"}), 65);
  EXPECT_NE(err().find("the payload has 11 bytes; at most 10B (10 bytes)"), std::string::npos)
      << err();
  EXPECT_EQ(run({"enqueue", "-"}, std::string(1'000'000, 'x')), 65);
  EXPECT_NE(err().find("the payload has more than 10B (10 bytes)"), std::string::npos) << err();
  EXPECT_EQ(store().jobs.size(), 1U);
}

TEST_F(Commands, EnqueueBuildsActiveJobsForm) {
  EXPECT_EQ(run({"enqueue", "--class", "My::Job", "--args",
                 R"([1, 12345678901234567890123, 1.10, {"a" : "é"}])", "--queue", "q"}),
            0)
      << err();
  EXPECT_EQ(store().jobs.at(0).id, "id-1");
  EXPECT_EQ(store().jobs.at(0).payload,
            R"({"job_class":"My::Job","job_id":"id-1","provider_job_id":null,"queue_name":"q",)"
            R"("priority":null,"arguments":[1, 12345678901234567890123, 1.10, {"a" : "é"}],)"
            R"("executions":0,"exception_executions":{},"locale":null,"timezone":null,)"
            R"("enqueued_at":"2030-03-17T17:46:40.250000000Z","scheduled_at":null})");
  EXPECT_EQ(run({"enqueue", "--class", "J", "--priority", "5", "--in", "1s"}), 0);
  const std::string& payload = store().jobs.at(1).payload;
  EXPECT_NE(payload.find(R"("priority":5,"arguments":[],)"), std::string::npos) << payload;
  EXPECT_NE(payload.find(R"("scheduled_at":"2030-03-17T17:46:41.250000000Z")"), std::string::npos);
}

struct BadArguments {
  std::string json;
  const char* message;
};
void PrintTo(const BadArguments& arguments, std::ostream* out) { *out << arguments.message; }
class EnqueueArgumentsMistake : public Commands,
                                public ::testing::WithParamInterface<BadArguments> {};

TEST_P(EnqueueArgumentsMistake, ExitsWith65AndStoresNothing) {
  EXPECT_EQ(run({"enqueue", "--class", "J", "--args", GetParam().json}), 65);
  EXPECT_NE(err().find(GetParam().message), std::string::npos) << err();
  EXPECT_TRUE(store().jobs.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Each, EnqueueArgumentsMistake,
    ::testing::Values(BadArguments{"[1,]", "arguments: not valid JSON at byte 4: invalid value"},
                      BadArguments{"[1", "arguments: not valid JSON at byte 3"},
                      BadArguments{"", "not valid JSON at byte 1: the document is empty"},
                      BadArguments{"{\"a\":1}", "arguments: must be a JSON array"},
                      BadArguments{"5", "must be a JSON array"},
                      BadArguments{"[1] [2]", "not valid JSON at byte 5"},
                      BadArguments{"[\"\xC3\x28\"]", "not valid JSON at byte 3"},
                      BadArguments{"[\"\\ud800\"]", "not valid JSON"},
                      BadArguments{"[NaN]", "not valid JSON at byte 2"},
                      BadArguments{std::string(1'000'000, '['), "not valid JSON"}));

TEST_F(Commands, EnqueueSaysThatTheBrokerIsAway) {
  write_config("[app]\ncommand = [\"a\"]\n[[broker]]\nurl = \"redis://u:hunter%402@h\"\n");
  store("redis://u:hunter%402@h").away = true;
  EXPECT_EQ(run({"enqueue", "x"}), 69);
  EXPECT_EQ(err(), "narwhal: unable to connect: redis://***@h: connection refused\n");
}

TEST_F(Commands, EnqueueChoosesTheBroker) {
  write_config(
      "[app]\ncommand = [\"a\"]\n[[broker]]\nurl = \"fake:one\"\nqueues = [\"a\"]\n"
      "[[broker]]\nurl = \"fake:two\"\nqueues = [\"b\"]\n");
  EXPECT_EQ(run({"enqueue", "--queue", "b", "x"}), 0);
  EXPECT_EQ(store("fake:two").jobs.size(), 1U);
  EXPECT_EQ(err(), "");
  EXPECT_EQ(run({"enqueue", "--queue", "c", "x"}), 0);
  EXPECT_EQ(store("fake:one").jobs.size(), 1U);
  EXPECT_EQ(err(), "warning: no broker of the configuration serves queue c\n");
  EXPECT_EQ(run({"enqueue", "--queue", "a", "--broker", "2", "x"}), 0);
  EXPECT_EQ(store("fake:two").jobs.size(), 2U);
  EXPECT_EQ(run_bare({"enqueue", "--broker", "fake:three", "x"}), 0) << err();
  EXPECT_EQ(store("fake:three").jobs.size(), 1U);
}

TEST_F(Commands, EnqueueBulkTakesALineAPayload) {
  EXPECT_EQ(run({"enqueue", "--bulk"}, "one\n\ntwo\r\nthree"), 0) << err();
  EXPECT_EQ(out(), "4\n");
  ASSERT_EQ(store().jobs.size(), 4U);
  EXPECT_EQ(store().jobs[0].payload, "one");
  EXPECT_EQ(store().jobs[1].payload, "");
  EXPECT_EQ(store().jobs[2].payload, "two\r");
  EXPECT_EQ(store().jobs[3].payload, "three");
  EXPECT_EQ(run({"enqueue", "--bulk", "--ids", "-"}, "a\nb\n"), 0);
  EXPECT_EQ(out(), "id-5\nid-6\n");
  EXPECT_EQ(run({"enqueue", "--bulk"}, ""), 0);
  EXPECT_EQ(out(), "0\n");
}

TEST_F(Commands, EnqueueBulkTakesArgumentsOfAClass) {
  EXPECT_EQ(run({"enqueue", "--bulk", "--class", "J"}, "[1]\n[2]\nnope\n[4]\n"), 65);
  EXPECT_NE(err().find("line 3: arguments: not valid JSON at byte 2"), std::string::npos) << err();
  EXPECT_NE(err().find("2 lines were enqueued before it"), std::string::npos) << err();
  EXPECT_EQ(store().jobs.size(), 2U);
  EXPECT_NE(store().jobs[1].payload.find("\"arguments\":[2],"), std::string::npos);
}

TEST_F(Commands, EnqueueBulkNamesALineThatIsTooLong) {
  environment_ = {{"NARWHAL_LIMITS_MAX_PAYLOAD", "10"}};
  EXPECT_EQ(run({"enqueue", "--bulk"}, "0123456789\n" + std::string(200'000, 'x') + "\n"), 65);
  EXPECT_NE(err().find("line 2: longer than 10B (10 bytes)"), std::string::npos) << err();
  EXPECT_NE(err().find("1 line was enqueued before it"), std::string::npos) << err();
}

TEST_F(Commands, EnqueueBulkSaysHowMuchIsCertainWhenTheBrokerFails) {
  std::string lines;
  for (int i = 0; i < 2500; ++i) lines += "x\n";
  store().fail_after = 1500;
  EXPECT_EQ(run({"enqueue", "--bulk"}, lines), 69);
  EXPECT_NE(err().find("1000 lines were enqueued for certain; of the next batch some"),
            std::string::npos)
      << err();
  EXPECT_EQ(store().count, 1000U);
}

// Very many lines, made as they are read.
class Lines final : public std::streambuf {
 public:
  explicit Lines(int count) : left_(count) {}

 private:
  int_type underflow() override {
    if (left_-- <= 0) return traits_type::eof();
    setg(line_.data(), line_.data(), line_.data() + line_.size());
    return traits_type::to_int_type(line_[0]);
  }
  std::string line_ = std::string(200, 'x') + "\n";
  int left_;
};

TEST_F(Commands, EnqueueBulkTakesVeryManyLinesInBoundedBatches) {
  store().keep = false;
  Lines lines{300'000};
  std::istream in{&lines};
  EXPECT_EQ(run_with({"enqueue", "--bulk", "-c", config_.string()}, in), 0) << err();
  EXPECT_EQ(out(), "300000\n");
  EXPECT_EQ(store().count, 300'000U);
  EXPECT_LE(store().largest_batch, 1000U);
}

// --- dead

class Dead : public Commands {
 protected:
  Dead() {
    store().dead.push_back(letter("a1", "mail",
                                  R"({"x":[{"job_class":"No"}],"job_class":"MailJob"})",
                                  "RuntimeError: no \x1b[31mred\nplease"));
    store().dead.push_back(
        letter("b2", "q\xFF", std::string("\0\x01\xFE", 3), "killed by SIGSEGV"));
  }

  static DeadLetter letter(const std::string& id, const std::string& queue,
                           const std::string& payload, const std::string& reason) {
    DeadLetter dead;
    dead.id = id;
    dead.queue = queue;
    dead.payload = payload;
    dead.reason = reason;
    dead.counters = {25, 1, 0};
    dead.died_at = from_unix_micros(1'900'000'000'000'000);
    return dead;
  }
};

TEST_F(Dead, ListIsAlignedAndSafe) {
  EXPECT_EQ(run({"dead", "list"}), 0) << err();
  EXPECT_EQ(out(),
            "ID  QUEUE  CLASS    DIED AT               ATTEMPTS  CRASHES  REASON\n"
            "a1  mail   MailJob  2030-03-17T17:46:40Z  25        1        RuntimeError: no "
            "\\x1b[31mred\\nplease\n"
            "b2  q\\xff  -        2030-03-17T17:46:40Z  25        1        killed by SIGSEGV\n");
}

TEST_F(Dead, ListKeepsToQueueAndLimit) {
  EXPECT_EQ(run({"dead", "list", "--queue", "mail"}), 0);
  EXPECT_EQ(out().find("b2"), std::string::npos);
  EXPECT_EQ(run({"dead", "list", "--limit", "1"}), 0);
  EXPECT_EQ(out().find("b2"), std::string::npos);
  EXPECT_NE(err().find("stopped at 1"), std::string::npos) << err();
  EXPECT_EQ(run({"dead", "list", "--queue", "none"}), 0);
  EXPECT_EQ(out(), "no dead jobs\n");
}

TEST_F(Dead, ListPrintsJson) {
  EXPECT_EQ(run({"dead", "list", "--json"}), 0);
  EXPECT_EQ(out().find(R"([{"id":"a1","broker":"fake:one","queue":"mail","class":"MailJob",)"), 0U)
      << out();
  EXPECT_EQ(run({"dead", "list", "--json", "--queue", "none"}), 0);
  EXPECT_EQ(out(), "[]\n");
}

TEST_F(Dead, ShowPrintsEverything) {
  store().dead[0].history =
      R"([{"at":"2030-01-31T12:00:00Z","outcome":"crashed","attempt":1,"ms":1500,"worker":0,)"
      R"("pid":4711,"signal":"SIGSEGV","max_rss_kib":40960,"odd":true},)"
      R"({"outcome":"failed","error_class":"RuntimeError","message":"no","backtrace":"a.rb:1\nb.rb:2"}])";
  EXPECT_EQ(run({"dead", "show", "a1"}), 0) << err();
  EXPECT_EQ(out(),
            "id           a1\n"
            "broker       fake:one\n"
            "queue        mail\n"
            "class        MailJob\n"
            "priority     0\n"
            "enqueued at  -\n"
            "died at      2030-03-17T17:46:40Z\n"
            "attempts     25\n"
            "crashes      1\n"
            "postponed    0\n"
            "reason       RuntimeError: no \\x1b[31mred\\nplease\n"
            "history\n"
            "  run 1\n"
            "    at           2030-01-31T12:00:00Z\n"
            "    outcome      crashed\n"
            "    attempt      1\n"
            "    ms           1500\n"
            "    worker       0\n"
            "    pid          4711\n"
            "    signal       SIGSEGV\n"
            "    max_rss_kib  40960\n"
            "    odd          true\n"
            "  run 2\n"
            "    outcome      failed\n"
            "    error_class  RuntimeError\n"
            "    message      no\n"
            "    backtrace\n"
            "        a.rb:1\n"
            "        b.rb:2\n"
            "payload      48 bytes\n"
            "{\"x\":[{\"job_class\":\"No\"}],\"job_class\":\"MailJob\"}\n");
}

TEST_F(Dead, ShowWritesTheRawPayload) {
  EXPECT_EQ(run({"dead", "show", "b2", "--payload"}), 0);
  EXPECT_EQ(out(), std::string("\0\x01\xFE", 3));
  EXPECT_EQ(run({"dead", "show", "b2", "--json"}), 0);
  EXPECT_NE(out().find(R"("history":[],"payload_base64":"AAH+"})"), std::string::npos) << out();
  EXPECT_EQ(run({"dead", "show", "b2"}), 0);
  EXPECT_NE(out().find("\n\\x00\\x01\\xfe\n"), std::string::npos) << out();
}

TEST_F(Dead, AHistoryThatIsNoJsonIsShownAsItIs) {
  store().dead[0].history = "\x1b[2Jnonsense";
  EXPECT_EQ(run({"dead", "show", "a1"}), 0);
  EXPECT_NE(out().find("    \\x1b[2Jnonsense\n"), std::string::npos) << out();
  EXPECT_EQ(run({"dead", "show", "a1", "--json"}), 0);
  EXPECT_NE(out().find("\"history\":\"\\u001b[2Jnonsense\""), std::string::npos) << out();
}

TEST_F(Dead, AnUnknownIdExitsWith65) {
  EXPECT_EQ(run({"dead", "show", "zz"}), 65);
  EXPECT_EQ(err(), "narwhal: no dead job zz\n");
  EXPECT_EQ(run({"dead", "retry", "a1", "zz"}), 65);
  EXPECT_EQ(err(), "narwhal: no dead job zz\n");
  EXPECT_EQ(out(), "retried 1\n");
  EXPECT_EQ(store().retried, std::vector<std::string>{"a1"});
}

TEST_F(Dead, RetryAndDeleteByIdAndAll) {
  EXPECT_EQ(run({"dead", "delete", "b2"}), 0) << err();
  EXPECT_EQ(out(), "deleted 1\n");
  store().dead.push_back(letter("c3", "other", "", ""));
  EXPECT_EQ(run({"dead", "retry", "--all", "--queue", "mail"}), 0);
  EXPECT_EQ(store().retried, std::vector<std::string>{"a1"});
  EXPECT_EQ(run({"dead", "delete", "--all", "--json"}), 0);
  EXPECT_EQ(out(), "{\"deleted\":1}\n");
  EXPECT_TRUE(store().dead.empty());
}

TEST_F(Dead, AllBrokersAreLookedAt) {
  write_config(
      "[app]\ncommand = [\"a\"]\n[[broker]]\nurl = \"fake:one\"\n[[broker]]\nurl = \"fake:two\"\n");
  store("fake:two").dead.push_back(letter("c3", "q", "", ""));
  EXPECT_EQ(run({"dead", "list"}), 0);
  EXPECT_NE(out().find("BROKER"), std::string::npos);
  EXPECT_NE(out().find("c3  fake:two"), std::string::npos) << out();
  EXPECT_EQ(run({"dead", "list", "--broker", "1"}), 0);
  EXPECT_EQ(out().find("c3"), std::string::npos);
  EXPECT_EQ(run({"dead", "retry", "c3", "a1"}), 0) << err();
  EXPECT_EQ(store("fake:two").retried, std::vector<std::string>{"c3"});
}

TEST_F(Dead, ABrokerThatIsAwayDoesNotHideTheOthers) {
  write_config(
      "[app]\ncommand = [\"a\"]\n[[broker]]\nurl = \"redis://:hunter2@h\"\n[[broker]]\nurl = "
      "\"fake:one\"\n");
  store("redis://:hunter2@h").away = true;
  EXPECT_EQ(run({"dead", "list"}), 69);
  EXPECT_NE(out().find("a1"), std::string::npos);
  EXPECT_EQ(err(), "narwhal: unable to connect: redis://***@h: connection refused\n");
  EXPECT_EQ(run({"dead", "show", "zz"}), 69);
}

}  // namespace
}  // namespace narwhal
