// TcpProxy: stands between a client and a server on loopback, and can be cut off, silent or slow,
// write down what passes, and put a word in. Its own thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
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
  // Changes what the servers say: each line gets a filter of its own, which returns what is to be
  // passed on. For lines that are opened from now on.
  using Filter = std::function<std::string(std::string_view)>;
  void set_filter(std::function<Filter()> make);
  // Passes on at most so many bytes per millisecond and line; 0: as they come.
  void set_slow(std::size_t bytes) { most_ = bytes; }

  // Something that came through in one piece, of whichever line.
  struct Piece {
    bool from_client;
    std::string bytes;
  };
  // Writes down what passes, from now on; and what did, in order.
  void record() { recording_ = true; }
  std::vector<Piece> recorded();
  // Says that to the server over every line, as if the client had.
  void say(std::string_view bytes);

 private:
  struct Line {
    UniqueFd client;
    UniqueFd server;
    Filter filter = {};

    // A process forked meanwhile may hold copies.
    void close();
  };

  void listen();
  void run();
  void serve();
  void accept();
  bool pass(Line& line, bool from_client);

  const int server_port_;
  int port_ = 0;
  std::mutex mutex_;  // of what follows
  UniqueFd listener_;
  std::vector<Line> lines_;
  std::vector<Piece> recorded_;
  std::function<Filter()> make_filter_;
  std::atomic<std::size_t> most_{0};
  std::atomic<bool> silent_{false};
  std::atomic<bool> recording_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace narwhal::test
