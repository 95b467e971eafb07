// Log lines to stderr: lower case, `key=value` fields, text or JSON, journald priorities when
// stderr is the journal. No file, no daemonizing: where the lines go is the supervisor's business.
//
// The master collects the lines of one turn and writes them at its end; a reader that stalls or
// goes away costs lines, never the loop: what does not fit is dropped and counted.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "narwhal/config.h"

namespace spdlog {
class logger;
}

namespace narwhal {

struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, double>;
  LogField(std::string_view key_, std::string_view text) : key(key_), value(text) {}
  LogField(std::string_view key_, const char* text) : key(key_), value(std::string_view{text}) {}
  LogField(std::string_view key_, const std::string& text)
      : key(key_), value(std::string_view{text}) {}
  LogField(std::string_view key_, double number) : key(key_), value(number) {}
  template <typename Integer>
  requires std::is_integral_v<Integer> LogField(std::string_view key_, Integer number)
      : key(key_), value(static_cast<std::int64_t>(number)) {}

  std::string_view key;
  Value value;
};

class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  enum class Writes : std::uint8_t {
    at_once,   // each line on its own: mold, workers, commands
    on_flush,  // collected until flush(): the master's loop
  };

  Log(const LogConfig& config, Writes writes);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  [[nodiscard]] bool enabled(LogConfig::Level level) const { return level >= config_.level; }

  void debug(std::string_view text, Fields fields = {}) {
    write(LogConfig::Level::debug, text, fields);
  }
  void info(std::string_view text, Fields fields = {}) {
    write(LogConfig::Level::info, text, fields);
  }
  void warning(std::string_view text, Fields fields = {}) {
    write(LogConfig::Level::warning, text, fields);
  }
  void error(std::string_view text, Fields fields = {}) {
    write(LogConfig::Level::error, text, fields);
  }
  void write(LogConfig::Level level, std::string_view text, Fields fields) {
    write(level, text, std::span{fields.begin(), fields.size()});
  }
  void write(LogConfig::Level level, std::string_view text, std::span<const LogField> fields);

  void flush();

 private:
  LogConfig config_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace narwhal
