// The configuration as a value: plain structs with the defaults in place, parsed once, validated
// once, passed down const. config/narwhal.toml says what each key means to an operator.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "narwhal/clock.h"

namespace narwhal {

struct AppConfig {
  enum class Runtime : std::uint8_t { native, ruby, exec };
  Runtime runtime = Runtime::exec;
  std::string load;                  // native: path of the .so; ruby: path of the .rb
  std::vector<std::string> command;  // exec: argv
  std::map<std::string, std::string> env;
  std::string working_directory;
};

struct QueueConfig {
  std::string name;
  int weight = 0;  // 0 in every queue: strict order
};

struct BrokerConfig {
  std::string url = "sqlite:narwhal.db";
  std::vector<QueueConfig> queues = {{"default", 0}};
  std::map<std::string, std::string> options;  // handed to the client library
  // [limits] max_payload, so a producer refuses at enqueue what a worker would never be given.
  std::size_t max_payload = std::size_t{64} * 1024 * 1024;

  [[nodiscard]] bool weighted() const { return !queues.empty() && queues.front().weight > 0; }
};

struct RetryConfig {
  std::uint32_t max_attempts = 25;
  Duration base = std::chrono::seconds{1};
  Duration max = std::chrono::hours{1};
  double jitter = 0.15;  // of the delay, up and down
  std::uint32_t crash_limit = 3;
};

struct LimitsConfig {
  Duration job_timeout{0};     // 0: none
  Duration soft_timeout{0};    // 0: none
  std::uint64_t max_jobs = 0;  // per worker; 0: no limit
  Duration max_age{0};         // of a worker; 0: no limit
  std::uint64_t max_rss = 0;   // bytes, of a worker between jobs; 0: no limit
  std::size_t max_payload = std::size_t{64} * 1024 * 1024;
  Duration spawn_timeout = std::chrono::seconds{60};
};

struct StopConfig {
  Duration drain_timeout = std::chrono::seconds{30};
  Duration stop_timeout = std::chrono::seconds{5};
};

struct LogConfig {
  enum class Level : std::uint8_t { debug, info, warning, error };
  enum class Format : std::uint8_t { text, json };
  Level level = Level::info;
  Format format = Format::text;
};

struct Config {
  std::string path;  // the file this came from; empty: none
  int workers = 4;
  std::string name;  // never empty after loading
  AppConfig app;
  std::vector<BrokerConfig> brokers = {BrokerConfig{}};
  RetryConfig retry;
  LimitsConfig limits;
  StopConfig stop;
  Duration lease = std::chrono::seconds{30};
  LogConfig log;
};

}  // namespace narwhal
