// Apps that the ruby runtime does not take, and what the operator reads about it.
#include "tests/runtimes/ruby/ruby_test.h"

namespace narwhal::test {
namespace {

void expect_says(const std::string& said, const std::string& text) {
  EXPECT_NE(said.find(text), std::string::npos) << said;
}

class RubyLoad : public RubyTest {
 protected:
  // What `narwhal check --connect` says of an app with this text.
  std::string check(const std::string& text) {
    source(text);
    return check();
  }
  std::string check() {
    write_file(file("narwhal.toml"), config.to_toml());
    const CommandResult result = narwhal({"check", "--connect"});
    EXPECT_NE(result.code, 0) << result.output;
    return result.errors + result.output;
  }
};

TEST_F(RubyLoad, WhateverAnAppDoesWhenItIsLoadedIsAnError) {
  expect_says(check("raise IOError, 'the disk'"), "IOError: the disk (");
  expect_says(check("def broken("), "SyntaxError: ");
  expect_says(check("require 'no_such_gem'"), "LoadError: cannot load such file -- no_such_gem");
  expect_says(check("exit 3"), "called exit(3) while it was loaded");
  expect_says(check("abort 'no licence'"), "called exit(1) while it was loaded");
  expect_says(check("throw :ball"), "UncaughtThrowError: uncaught throw :ball");
  expect_says(check("Thread.main.kill"), "called exit(0) while it was loaded");
  expect_says(check("exit! 9"), "exited with status 9");
}

TEST_F(RubyLoad, AdaptersThatLoseJobsAreRefused) {
  for (const std::string name : {"async", "inline"}) {
    const std::string said = check("ActiveJob::Base.queue_adapter = :" + name);
    expect_says(said, "ActiveJob::Base.queue_adapter is :" + name);
    expect_says(said, "set config.active_job.queue_adapter = :narwhal");
  }
  expect_says(check("class Odd < ActiveJob::Base; self.queue_adapter = :async; end"),
              "Odd.queue_adapter is :async");
}

// As on a machine without the package: the binary alone.
TEST_F(RubyLoad, WithoutTheModuleThePackageIsNamed) {
  std::filesystem::copy_file(NARWHAL, file("narwhal"));
  write_file(file("narwhal.toml"), config.to_toml());
  Command command;
  command.argv = {file("narwhal"), "check", "--connect"};
  command.directory = directory.path();
  command.output = file("output");
  command.errors = file("errors");
  EXPECT_NE(ChildProcess(command).exit_code().value_or(0), 0);
  const std::string said = read_file(file("errors")) + read_file(file("output"));
  expect_says(said,
              "unable to find narwhal-ruby.so: it is neither in " + directory.path().string());
  expect_says(said, "install the packages narwhal-ruby and libruby");
  expect_says(said, "(built for Ruby ");
}

TEST_F(RubyLoad, AMissingFileIsNamed) {
  config.text("app.load", "gone.rb");
  expect_says(check(), "gone.rb: no such file");
}

TEST_F(RubyLoad, TheDaemonSaysWhyItsAppCannotBeLoaded) {
  source("def helper = raise('not today')\nhelper");
  Daemon& daemon = start();
  ASSERT_TRUE(daemon.logs("RuntimeError: not today"));
  EXPECT_TRUE(daemon.logs("app.rb:2:in `<top (required)>'")) << "no backtrace";
}

TEST_F(RubyLoad, AForkHookThatRaisesIsSaid) {
  source("Narwhal.after_fork { raise 'no database' }");
  Daemon& daemon = start();
  EXPECT_TRUE(daemon.logs("no database")) << daemon.log();
}

TEST_F(RubyLoad, AGemfileBesideTheAppIsUsed) {
  write_file(file("Gemfile"), "source 'https://rubygems.org'\ngem 'activejob'\n");
  source(R"(ActiveJob::Base.logger = nil
class Bundled < ActiveJob::Base
  def perform(file) = File.write(file, [defined?(Bundler).inspect, ENV['BUNDLE_GEMFILE']].join(" "))
end
)");
  add("Bundled", to_file("said"));
  Daemon& daemon = start_ready();
  ASSERT_TRUE(queue_empties()) << daemon.log();
  EXPECT_EQ(read_file(file("said")), "\"constant\" " + file("Gemfile"));
}

}  // namespace
}  // namespace narwhal::test
