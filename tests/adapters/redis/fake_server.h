// FakeServer: answers Redis's protocol by script, for conditions that a real server cannot be
// brought into at will. Its own thread; on a Unix socket.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "narwhal/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace narwhal::test {

class FakeServer {
 public:
  using Command = std::vector<std::string>;
  // The bytes to answer with; empty: no answer. Called on the server's thread.
  using Answer = std::function<std::string(const Command&)>;

  explicit FakeServer(Answer answer);
  ~FakeServer();

  [[nodiscard]] std::string url() const { return "redis+unix://" + path_; }
  [[nodiscard]] int commands() const { return commands_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve();
  bool read_from(int fd);

  TempDir directory_;
  std::string path_ = directory_.file("fake.sock");
  Answer answer_;
  UniqueFd listener_;
  std::map<int, std::pair<UniqueFd, std::string>> clients_;  // with unread input
  std::atomic<int> commands_{0};
  std::atomic<int> connections_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// Whether it settles and fetches: the second key is the list of a queue.
bool is_turn(const FakeServer::Command& command);

// An answer for all that a session asks before its first turn, as an idle server gives it.
std::string ordinary_answer(const FakeServer::Command& command);

// A listening Unix socket.
UniqueFd listen_at(const std::string& path);

}  // namespace narwhal::test
