#include "cli/config_keys.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace narwhal {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::int64_t kMostRuns = 1'000'000;
constexpr Duration kShortest = milliseconds{1};
constexpr Duration kLongest = hours{24 * 365};
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr std::uint64_t kLargestPayload = 1024 * kMiB;
constexpr std::uint64_t kLargestMemory = kMiB * kMiB;

std::int64_t cores() {
  const auto count = static_cast<std::int64_t>(std::thread::hardware_concurrency());
  return std::clamp<std::int64_t>(count, 1, kWorkerDescriptors);
}

constexpr std::array kRuntimes = {AppConfig::Runtime::exec, AppConfig::Runtime::native,
                                  AppConfig::Runtime::ruby};

std::vector<ConfigKey> instance_keys() {
  return {
      {"", "workers", "4",
       IntegerKey{1, kWorkerDescriptors,
                  [](Config& c, std::int64_t v) { c.workers = static_cast<int>(v); }, "auto",
                  cores}},
      {"", "name", R"("")", TextKey{[](Config& c, std::string v) { c.name = std::move(v); }}},
      {"app", "runtime", R"("exec")",
       ChoiceKey{{"exec", "native", "ruby"},
                 [](Config& c, std::size_t i) { c.app.runtime = kRuntimes[i]; }}},
      {"app", "load", R"("")",
       TextKey{[](Config& c, std::string v) { c.app.load = std::move(v); }}},
      {"app", "command", "[]",
       TextListKey{[](Config& c, std::vector<std::string> v) { c.app.command = std::move(v); }}},
      {"app", "env", "{}",
       TextMapKey{false, [](Config& c,
                            std::map<std::string, std::string> v) { c.app.env = std::move(v); }}},
      {"app", "working_directory", R"("")",
       TextKey{[](Config& c, std::string v) { c.app.working_directory = std::move(v); }}},
  };
}

std::vector<ConfigKey> broker_keys() {
  return {
      {kBrokerTable, "url", R"("sqlite:narwhal.db")",
       TextKey{[](Config& c, std::string v) { c.brokers.back().url = std::move(v); }}},
      {kBrokerTable, "queues", R"(["default"])",
       QueuesKey{
           [](Config& c, std::vector<QueueConfig> v) { c.brokers.back().queues = std::move(v); }}},
      {kBrokerTable, "options", "{}",
       TextMapKey{true,
                  [](Config& c, std::map<std::string, std::string> v) {
                    c.brokers.back().options = std::move(v);
                  }}},
  };
}

std::vector<ConfigKey> retry_keys() {
  return {
      {"retry", "max_attempts", "25",
       IntegerKey{1, kMostRuns,
                  [](Config& c, std::int64_t v) {
                    c.retry.max_attempts = static_cast<std::uint32_t>(v);
                  }}},
      {"retry", "backoff", R"("exponential")",
       ChoiceKey{{"exponential"}, [](Config&, std::size_t) {}}},
      {"retry", "base", R"("1s")",
       DurationKey{kShortest, kLongest, [](Config& c, Duration v) { c.retry.base = v; }}},
      {"retry", "max", R"("1h")",
       DurationKey{kShortest, kLongest, [](Config& c, Duration v) { c.retry.max = v; }}},
      {"retry", "jitter", "0.15",
       NumberKey{0.0, 1.0, [](Config& c, double v) { c.retry.jitter = v; }}},
      {"retry", "crash_limit", "3",
       IntegerKey{
           1, kMostRuns,
           [](Config& c, std::int64_t v) { c.retry.crash_limit = static_cast<std::uint32_t>(v); }}},
  };
}

std::vector<ConfigKey> limits_keys() {
  return {
      {"limits", "job_timeout", R"("0s")",
       DurationKey{kShortest, kLongest, [](Config& c, Duration v) { c.limits.job_timeout = v; },
                   true}},
      {"limits", "soft_timeout", R"("0s")",
       DurationKey{kShortest, kLongest, [](Config& c, Duration v) { c.limits.soft_timeout = v; },
                   true}},
      {"limits", "max_jobs", "0",
       IntegerKey{
           0, 1'000'000'000'000,
           [](Config& c, std::int64_t v) { c.limits.max_jobs = static_cast<std::uint64_t>(v); }}},
      {"limits", "max_age", R"("0s")",
       DurationKey{kShortest, kLongest, [](Config& c, Duration v) { c.limits.max_age = v; }, true}},
      {"limits", "max_rss", R"("0")",
       SizeKey{kMiB, kLargestMemory, [](Config& c, std::uint64_t v) { c.limits.max_rss = v; },
               true}},
      {"limits", "max_payload", R"("64MiB")",
       SizeKey{1, kLargestPayload, [](Config& c, std::uint64_t v) { c.limits.max_payload = v; }}},
      {"limits", "spawn_timeout", R"("60s")",
       DurationKey{kShortest, kLongest, [](Config& c, Duration v) { c.limits.spawn_timeout = v; }}},
  };
}

std::vector<ConfigKey> daemon_keys() {
  return {
      {"stop", "drain_timeout", R"("30s")",
       DurationKey{kShortest, kLongest, [](Config& c, Duration v) { c.stop.drain_timeout = v; },
                   true}},
      {"stop", "stop_timeout", R"("5s")",
       DurationKey{kShortest, kLongest, [](Config& c, Duration v) { c.stop.stop_timeout = v; }}},
      {"lease", "duration", R"("30s")",
       DurationKey{milliseconds{100}, hours{24}, [](Config& c, Duration v) { c.lease = v; }}},
      {"log", "level", R"("info")",
       ChoiceKey{{"debug", "info", "warning", "error"},
                 [](Config& c, std::size_t i) { c.log.level = static_cast<LogConfig::Level>(i); }}},
      {"log", "format", R"("text")",
       ChoiceKey{
           {"text", "json"},
           [](Config& c, std::size_t i) { c.log.format = static_cast<LogConfig::Format>(i); }}},
  };
}

std::vector<ConfigKey> all_keys() {
  std::vector<ConfigKey> keys;
  for (auto* group : {&instance_keys, &broker_keys, &retry_keys, &limits_keys, &daemon_keys}) {
    for (ConfigKey& key : group()) keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

std::string ConfigKey::path() const {
  return table.empty() ? std::string{name} : std::string{table} + "." + std::string{name};
}

bool ConfigKey::overridable() const {
  return table != kBrokerTable && !std::holds_alternative<TextListKey>(type) &&
         !std::holds_alternative<TextMapKey>(type);
}

std::string ConfigKey::variable() const {
  std::string variable = "NARWHAL_" + path();
  for (char& c : variable) {
    if (c == '.') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return variable;
}

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = all_keys();
  return keys;
}

std::vector<std::string> config_tables() {
  std::vector<std::string> tables;
  for (const ConfigKey& key : config_keys()) {
    const std::string table{key.table};
    const bool known = std::find(tables.begin(), tables.end(), table) != tables.end();
    if (!table.empty() && !known) tables.push_back(table);
  }
  return tables;
}

const ConfigKey* find_config_key(std::string_view table, std::string_view name) {
  for (const ConfigKey& key : config_keys()) {
    if (key.table == table && key.name == name) return &key;
  }
  return nullptr;
}

}  // namespace narwhal
