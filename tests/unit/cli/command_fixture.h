// Runs commands in this process as main() would, in a folder of their own: arguments and standard
// input go in, output and exit status come out. Time stands still and ids are counted.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "cli/cli.h"

namespace narwhal {

class FixedClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return TimePoint{}; }
  [[nodiscard]] WallTime wall_now() const override {
    return from_unix_micros(1'900'000'000'250'000);  // 2030-03-17T17:46:40.25Z
  }
};

class CommandFixture : public ::testing::Test {
 protected:
  explicit CommandFixture(const BrokerType& type) : type_(type) {
    std::string pattern = (std::filesystem::temp_directory_path() / "narwhal-cli-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    config_ = folder_ / "narwhal.toml";
  }
  ~CommandFixture() override { std::filesystem::remove_all(folder_); }

  void write_config(const std::string& text) { std::ofstream{config_} << text; }

  // Runs `narwhal` with these arguments and -c.
  int run(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.end(), {"-c", config_.string()});
    return run_bare(std::move(arguments), input);
  }

  int run_bare(std::vector<std::string> arguments, const std::string& input = "") {
    std::istringstream in{input};
    return run_with(std::move(arguments), in);
  }

  int run_with(std::vector<std::string> arguments, std::istream& in) {
    arguments.insert(arguments.begin(), "narwhal");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    out_.str("");
    out_.clear(break_output_ ? std::ios::badbit : std::ios::goodbit);
    err_.str("");
    CliContext context;
    context.broker_types = {&type_};
    context.environment = environment_;
    context.run_daemon = [this](const Config& config) {
      daemon_config_ = config;
      return 42;
    };
    context.run_mold = [](int fd) { return fd; };
    context.try_app = [this](const Config&) { return app_; };
    context.new_job_id = [this] { return "id-" + std::to_string(++ids_); };
    context.clock = &clock_;
    context.in = &in;
    context.out = &out_;
    context.err = &err_;
    return cli_main(static_cast<int>(argv.size()), argv.data(), context);
  }

  [[nodiscard]] std::string out() const { return out_.str(); }
  [[nodiscard]] std::string err() const { return err_.str(); }

  Environment environment_;
  bool break_output_ = false;  // as /dev/full
  std::optional<Config> daemon_config_;
  Result<void> app_;
  std::filesystem::path folder_;
  std::filesystem::path config_;

 private:
  const BrokerType& type_;  // outlives the fixture
  FixedClock clock_;
  std::ostringstream out_;
  std::ostringstream err_;
  int ids_ = 0;
};

}  // namespace narwhal
