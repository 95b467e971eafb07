// ScriptedServer: a server that answers each command as a test says, for what no real beanstalkd
// can be brought to say. One thread serves all its connections; a listening Unix socket in a
// directory of its own.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "narwhal/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace narwhal::test {

class ScriptedServer {
 public:
  // The answer to a command line, its CRLF left out; empty for none. "hang up" closes the
  // connection.
  using Script = std::function<std::string(const std::string& command)>;

  explicit ScriptedServer(Script script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::string url() const { return "beanstalk+unix://" + path(); }
  // How many commands began with `word`.
  [[nodiscard]] int count(const std::string& word) const;

 private:
  struct Client {
    UniqueFd socket;
    std::string input;
    std::size_t body = 0;  // bytes of a put's body still to come, its CRLF included
  };

  [[nodiscard]] std::string path() const { return directory_.file("socket"); }
  void serve();
  bool read(Client& client);
  std::string answer(const std::string& command);

  TempDir directory_;
  UniqueFd listener_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> commands_;  // under mutex_
  Script script_;
  std::thread thread_;
};

// What a healthy server with no jobs answers, for scripts to fall back on. nullptr-like empty
// answer for a reserve that waits.
std::string usual_answer(const std::string& command);

}  // namespace narwhal::test
