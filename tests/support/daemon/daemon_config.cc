#include "support/daemon/daemon_config.h"

#include <fmt/format.h>

#include <utility>

namespace narwhal::test {
namespace {

// "retry.base" is the key "base" of the table "retry"; "workers" is at the top.
std::pair<std::string, std::string> split(const std::string& key) {
  const auto dot = key.find('.');
  if (dot == std::string::npos) return {"", key};
  return {key.substr(0, dot), key.substr(dot + 1)};
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string toml_string(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '$' ? std::string("$$") : std::string(1, c);
  return in_quotes(out);
}

DaemonConfig::DaemonConfig() {
  set("workers", 2);
  text("app.runtime", "native").text("app.load", TEST_JOBS);
  text("broker.url", "sqlite:jobs.db").set("broker.queues", R"(["default"])");
  text("retry.base", "20ms").text("retry.max", "200ms");
  text("stop.drain_timeout", "20s");
  text("log.level", "debug");
}

DaemonConfig& DaemonConfig::set(const std::string& key, std::string value) {
  const auto [table, name] = split(key);
  tables_[table][name] = std::move(value);
  return *this;
}

DaemonConfig& DaemonConfig::unset(const std::string& key) {
  const auto [table, name] = split(key);
  tables_[table].erase(name);
  return *this;
}

DaemonConfig& DaemonConfig::command(const std::vector<std::string>& argv) {
  std::string list;
  for (const std::string& each : argv) list += toml_string(each) + ", ";
  unset("app.load").text("app.runtime", "exec");
  return set("app.command", "[" + list + "]");
}

DaemonConfig& DaemonConfig::also(std::string_view url, std::string_view queues) {
  further_brokers_ += fmt::format("[[broker]]\nurl = {}\nqueues = {}\n", toml_string(url), queues);
  return *this;
}

std::string DaemonConfig::to_toml() const {
  std::string out;
  for (const auto& [table, keys] : tables_) {
    if (!table.empty()) out += table == "broker" ? "[[broker]]\n" : "[" + table + "]\n";
    for (const auto& [key, value] : keys) out += fmt::format("{} = {}\n", key, value);
  }
  return out + further_brokers_;
}

}  // namespace narwhal::test
