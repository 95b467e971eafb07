// The table of all keys of the configuration file: name, type, range, default, and where the value
// goes. Parsing, suggestions, NARWHAL_* overrides and the test that keeps the manual complete are
// driven by it, so a key exists everywhere or nowhere.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "narwhal/config.h"

namespace narwhal {

struct IntegerKey {
  std::int64_t min;
  std::int64_t max;
  void (*set)(Config&, std::int64_t);
  // A word that may stand in place of the number, and what it means.
  std::string_view word = {};
  std::int64_t (*word_value)() = nullptr;
};

struct NumberKey {
  double min;
  double max;
  void (*set)(Config&, double);
};

struct TextKey {
  void (*set)(Config&, std::string);
};

struct ChoiceKey {
  std::vector<std::string> choices;
  void (*set)(Config&, std::size_t index);
};

struct DurationKey {
  Duration min;
  Duration max;
  void (*set)(Config&, Duration);
  bool zero_means_none = false;
};

struct SizeKey {
  std::uint64_t min;
  std::uint64_t max;
  void (*set)(Config&, std::uint64_t);
  bool zero_means_none = false;
};

struct TextListKey {
  void (*set)(Config&, std::vector<std::string>);
};

// `any_scalar`: numbers and booleans are taken too, as written.
struct TextMapKey {
  bool any_scalar;
  void (*set)(Config&, std::map<std::string, std::string>);
};

struct QueuesKey {
  void (*set)(Config&, std::vector<QueueConfig>);
};

using KeyType = std::variant<IntegerKey, NumberKey, TextKey, ChoiceKey, DurationKey, SizeKey,
                             TextListKey, TextMapKey, QueuesKey>;

// Keys of [[broker]] set the last element of Config::brokers.
struct ConfigKey {
  std::string_view table;  // "": top level
  std::string_view name;
  std::string_view default_text;  // as written in the file
  KeyType type;

  [[nodiscard]] std::string path() const;      // "stop.drain_timeout"
  [[nodiscard]] bool overridable() const;      // one value, and one place for it
  [[nodiscard]] std::string variable() const;  // "NARWHAL_STOP_DRAIN_TIMEOUT"
};

inline constexpr std::string_view kBrokerTable = "broker";

// select() takes 1024 descriptors. So many are for workers and what grows with them; the others are
// room for brokers and the rest. The exact need is checked when the daemon starts.
inline constexpr int kWorkerDescriptors = 950;

// Tables that this version does not have yet, and those of their keys that take one value: whoever
// sets one must not believe that it holds.
inline constexpr std::string_view kLaterTables[] = {"control", "metrics", "cron"};
struct LaterKey {
  std::string_view path;
  std::string_view variable;
};
inline constexpr LaterKey kLaterKeys[] = {{"control.socket", "NARWHAL_CONTROL_SOCKET"},
                                          {"metrics.listen", "NARWHAL_METRICS_LISTEN"}};
inline constexpr std::string_view kLaterTableText =
    "this table is not supported by this version of Narwhal";

const std::vector<ConfigKey>& config_keys();
std::vector<std::string> config_tables();

// nullptr when there is no such key.
const ConfigKey* find_config_key(std::string_view table, std::string_view name);

}  // namespace narwhal
