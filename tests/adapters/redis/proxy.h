// Proxy: stands between the adapter and a server, and can be slow or cut the line. Its own thread;
// on Unix sockets.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "narwhal/unique_fd.h"
#include "tests/support/temp_dir.h"

namespace narwhal::test {

class Proxy {
 public:
  explicit Proxy(std::string server);
  ~Proxy();

  [[nodiscard]] std::string url() const { return "redis+unix://" + path_; }

  // Passes on at most so many bytes per millisecond; 0: as they come.
  void trickle(std::size_t bytes) { most_ = bytes; }
  // Commands reach the server, its answers get lost, and the line is cut at the first of them.
  void lose_next_answer() { lose_ = true; }
  [[nodiscard]] bool lost_it() const { return !lose_; }

 private:
  struct Line {
    UniqueFd client;
    UniqueFd server;
    bool cut = false;
  };

  void run();
  void accept();
  bool pass(int from, int to);

  TempDir directory_;
  std::string path_ = directory_.file("proxy.sock");
  std::string server_;
  UniqueFd listener_;
  std::vector<Line> lines_;
  std::atomic<std::size_t> most_{0};
  std::atomic<bool> lose_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace narwhal::test
