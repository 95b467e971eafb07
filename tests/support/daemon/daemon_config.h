// DaemonConfig: the narwhal.toml of a test. Keys are "table.key"; starts from settings that make
// things happen soon.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace narwhal::test {

// A text as a string of TOML or JSON.
std::string in_quotes(std::string_view text);
// The same for narwhal.toml, where "$" begins the name of a variable.
std::string toml_string(std::string_view text);

class DaemonConfig {
 public:
  // Native test jobs, two workers, the queue "default" in jobs.db, and a log of everything.
  DaemonConfig();

  // `value` as TOML: set("workers", "4"), set("app.env", "{ A = \"b\" }").
  DaemonConfig& set(const std::string& key, std::string value);
  DaemonConfig& set(const std::string& key, int value) { return set(key, std::to_string(value)); }
  DaemonConfig& text(const std::string& key, std::string_view value) {
    return set(key, toml_string(value));
  }
  DaemonConfig& unset(const std::string& key);
  // Runs `argv` for each job instead of the native test jobs.
  DaemonConfig& command(const std::vector<std::string>& argv);
  DaemonConfig& shell(std::string_view script) {
    return command({"sh", "-c", std::string(script)});
  }

  // A further broker, beside the one that the keys "broker.…" describe.
  DaemonConfig& also(std::string_view url, std::string_view queues);

  [[nodiscard]] std::string to_toml() const;

 private:
  std::string further_brokers_;
  std::map<std::string, std::map<std::string, std::string>> tables_;
};

}  // namespace narwhal::test
