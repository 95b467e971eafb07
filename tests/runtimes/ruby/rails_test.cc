// A Rails app, generated as its users generate one, and its jobs.
#include <fmt/format.h>

#include "tests/runtimes/ruby/ruby_test.h"

namespace narwhal::test {
namespace {

class Rails : public RubyTest {
 protected:
  Rails() {
    std::filesystem::copy(RAILS_APP, root(), std::filesystem::copy_options::recursive);
    config.text("app.load", root() + "/config/environment.rb");
    environment("production");
  }

  [[nodiscard]] std::string root() const { return file("app"); }
  void environment(const std::string& name) {
    config.set("app.env", "{ RAILS_ENV = \"" + name + R"(", SECRET_KEY_BASE = "x", )" +
                              R"(CONNECT_AT_BOOT = "1", NARWHAL_LIB = ")" NARWHAL_LIB R"(" })");
  }

  // The app outside the daemon: `rails runner`.
  [[nodiscard]] Command rails_command(const std::string& code, const std::string& url) const {
    Command command;
    command.argv = {"ruby", "bin/rails", "runner", code};
    command.directory = root();
    command.env = {
        {"RAILS_ENV", "production"}, {"SECRET_KEY_BASE", "x"}, {"NARWHAL_LIB", NARWHAL_LIB}};
    if (!url.empty()) command.env["NARWHAL_URL"] = url;
    command.output = file("output");
    command.errors = file("errors");
    return command;
  }
  // Returns what it printed.
  CommandResult rails_runner(const std::string& code, const std::string& url) {
    CommandResult result;
    result.code = ChildProcess(rails_command(code, url)).exit_code().value_or(-1);
    result.output = read_file(file("output"));
    result.errors = read_file(file("errors"));
    return result;
  }
  CommandResult rails_runner(const std::string& code) {
    return rails_runner(code, "sqlite:" + file("jobs.db"));
  }
};

TEST_F(Rails, JobsThatTheAppEnqueuesRunWithItsRecordsAndMails) {
  config.set("broker.queues", R"(["default", "mailers"])");
  config.set("workers", 1);  // the second widget job is to find what the first has written
  const std::string said = in_quotes(file("said"));
  const CommandResult enqueued = rails_runner(
      "widget = Widget.create!(name: 'one'); gone = Widget.create!(name: 'gone');"
      "puts WidgetJob.perform_later(widget, " +
      said +
      ").job_id;"
      "CarefulJob.perform_later(gone.destroy!); GreetingMailer.welcome('ada').deliver_later;"
      "Widget.transaction { WidgetJob.set(wait: 1).perform_later(widget, " +
      said + ") }");
  ASSERT_EQ(enqueued.code, 0) << enqueued.errors;
  ASSERT_EQ(queue.live(), 4);
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  const std::vector<std::string> lines = read_lines(file("said"));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_TRUE(lines[0].starts_with("one by ")) << lines[0];
  EXPECT_TRUE(lines[1].starts_with(lines[0])) << lines[1];
  EXPECT_NE(read_file(root() + "/tmp/mails/ada@example.org").find("hello ada"), std::string::npos);
  EXPECT_TRUE(daemon.logs("job discarded", 1));
  EXPECT_TRUE(daemon.logs("job done", 3));
  // The app's own log names the job in each line.
  const std::string id = enqueued.output.substr(0, 36);
  const std::string log = read_file(root() + "/log/production.log");
  EXPECT_GE(count_of(log, "[ActiveJob] [WidgetJob] [" + id + "] Perform"), 2) << log;
}

TEST_F(Rails, WorkersInheritNoConnectionAndNoState) {
  config.set("workers", 1);
  for (int i = 0; i < 2; ++i) add("ProbeJob", to_file("said"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  const std::vector<std::string> lines = read_lines(file("said"));
  ASSERT_EQ(lines.size(), 2U) << daemon.log();
  EXPECT_EQ(lines[0], "inherited=0 open=1 current=nil env=production cwd=true pool=1");
  EXPECT_EQ(lines[1], "inherited=1 open=1 current=nil env=production cwd=true pool=1");
  for (const auto& [fd, name] : descriptors_of(daemon.mold())) {
    EXPECT_EQ(name.find(".sqlite3"), std::string::npos) << "the mold has " << name;
  }
}

TEST_F(Rails, P78_AJobThatRunsBeforeTheCommitIsRetriedAfterItsWait) {
  const std::string said = in_quotes(file("said")), go_on = in_quotes(file("go_on"));
  Daemon& daemon = start_ready();
  Command enqueuer = rails_command(
      "Widget.transaction { widget = Widget.create!(name: 'one');"
      "PatientJob.perform_later(widget, " +
          said + "); EarlyJob.perform_later(widget, " + said + "); sleep(0.02) until File.exist?(" +
          go_on + ") }",
      "sqlite:" + file("jobs.db"));
  ChildProcess process(enqueuer);
  ASSERT_TRUE(daemon.logs("class=EarlyJob", 1)) << daemon.log() << read_file(file("errors"));
  ASSERT_TRUE(daemon.logs("class=PatientJob", 1));
  EXPECT_TRUE(daemon.logs("job retried", 2)) << daemon.log();
  write_file(file("go_on"), "");
  EXPECT_EQ(process.exit_code(), 0) << read_file(file("errors"));
  ASSERT_TRUE(eventually([&] { return !read_file(file("said")).empty(); })) << daemon.log();
  EXPECT_TRUE(read_file(file("said")).starts_with("one after "));
  // The other one waits for its hour.
  EXPECT_EQ(queue.live(), 1);
  const std::int64_t in_half_an_hour =
      to_unix_micros(SystemClock{}.wall_now() + std::chrono::minutes{30});
  EXPECT_EQ(
      queue.number("SELECT count(*) FROM jobs WHERE run_at > " + std::to_string(in_half_an_hour)),
      1);
  EXPECT_TRUE(queue.dead().empty());
}

TEST_F(Rails, InDevelopmentAnEditedJobIsLoadedAgain) {
  environment("development");
  add("EditedJob", to_file("said"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  const std::string source = root() + "/app/jobs/edited_job.rb";
  std::string text = read_file(source);
  text.replace(text.find("first"), 5, "second");
  write_file(source, text);
  write_file(root() + "/app/jobs/added_job.rb",
             "class AddedJob < ApplicationJob\n"
             "  def perform(file) = File.write(file, \"added\\n\", mode: 'a')\nend\n");
  ASSERT_TRUE(eventually([&] {
    add("EditedJob", to_file("said"));
    return read_file(file("said")).find("second") != std::string::npos;
  })) << daemon.log();
  add("AddedJob", to_file("said"));
  EXPECT_TRUE(eventually([&] {
    return read_file(file("said")).find("added") != std::string::npos;
  })) << daemon.log();
}

TEST_F(Rails, TheGeneratedFilesRunTheApp) {
  ASSERT_EQ(
      rails_runner(
          "WidgetJob.perform_later(Widget.create!(name: 'x'), " + in_quotes(file("said")) + ")", "")
          .code,
      0)
      << read_file(file("errors"));
  Command command;
  command.argv = {root() + "/bin/narwhal"};
  command.directory = directory.path();
  command.env = {{"NARWHAL", NARWHAL},
                 {"RAILS_ENV", "production"},
                 {"SECRET_KEY_BASE", "x"},
                 {"NARWHAL_LIB", NARWHAL_LIB}};
  command.errors = file("log");
  ChildProcess daemon(command);
  EXPECT_TRUE(eventually([&] { return !read_file(file("said")).empty(); }))
      << read_file(file("log"));
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.exit_code(), 0);
}

TEST_F(Rails, AnAppThatKeepsItsJobsInMemoryIsRefused) {
  const std::string production = root() + "/config/environments/production.rb";
  std::string text = read_file(production);
  text.replace(text.find(":narwhal"), 8, ":async");
  write_file(production, text);
  write_file(file("narwhal.toml"), config.to_toml());
  const CommandResult result = narwhal({"check", "--connect"});
  EXPECT_NE(result.code, 0);
  EXPECT_NE((result.output + result.errors).find("queue_adapter is :async"), std::string::npos)
      << result.output << result.errors;
}

}  // namespace
}  // namespace narwhal::test
