// TcpProxy: stands between a client and a server on loopback, and can be cut off, silent or slow.
// Its own thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "narwhal/unique_fd.h"

namespace narwhal::test {

class TcpProxy {
 public:
  explicit TcpProxy(int server_port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  [[nodiscard]] int port() const { return port_; }

  // Closes every line and refuses new ones, until join().
  void cut();
  void join();
  // Every line stays open, new ones are accepted, and nothing comes through, until false.
  void set_silent(bool silent) { silent_ = silent; }
  // Passes on at most so many bytes per millisecond and line; 0: as they come.
  void set_slow(std::size_t bytes) { most_ = bytes; }

 private:
  struct Line {
    UniqueFd client;
    UniqueFd server;

    // A process forked meanwhile may hold copies.
    void close();
  };

  void listen();
  void run();
  void serve();
  void accept();
  bool pass(int from, int to);

  const int server_port_;
  int port_ = 0;
  std::mutex mutex_;  // of what follows
  UniqueFd listener_;
  std::vector<Line> lines_;
  std::atomic<std::size_t> most_{0};
  std::atomic<bool> silent_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace narwhal::test
