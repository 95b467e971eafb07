// RubyBroker: the fixture of tests of Ruby jobs on a broker with a server.
#pragma once

#include "integration/brokers/broker_test.h"

namespace narwhal::test {

class RubyBroker : public BrokerTest {
 protected:
  RubyBroker() {
    config.text("app.runtime", "ruby");
    config.set("broker.queues", R"(["default", "other"])");
    app("jobs.rb");
  }
  void app(const std::string& name) { config.text("app.load", RUBY_APPS "/" + name); }

  // A Ruby program that has the jobs of an app and enqueues. Its exit status.
  int ruby(const std::string& app, const std::string& code) const {
    Command command;
    command.argv = {
        "ruby", "-I" GEM_LIB, "-rnarwhal", "-e",
        "ActiveJob::Base.queue_adapter = :narwhal; require '" RUBY_APPS "/" + app + "'; " + code};
    command.directory = directory.path();
    command.env = {{"NARWHAL_LIB", NARWHAL_LIB}, {"NARWHAL_URL", host->url()}};
    command.errors = file("errors");
    return ChildProcess(command).exit_code().value_or(-1);
  }
};
}  // namespace narwhal::test
