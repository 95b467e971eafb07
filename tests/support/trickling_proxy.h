// TricklingProxy: stands between clients and a server on this machine and passes their bytes on in
// small pieces, each in a write of its own, so that every reply arrives in fragments. It can be
// slow, and it can let lines go dead without a word, as a router does that has lost its state.
#pragma once

#include <atomic>
#include <chrono>
#include <list>
#include <string>
#include <thread>
#include <utility>

#include "narwhal/unique_fd.h"
#include "temp_dir.h"

namespace narwhal::test {

class TricklingProxy {
 public:
  // `server`: the path of its socket, or 127.0.0.1 and a port, with a colon. `piece`: the most
  // bytes passed on at a time. `pause`: after each piece, whoever it was for.
  TricklingProxy(std::string server, std::size_t piece, std::chrono::microseconds pause = {});
  TricklingProxy(const TricklingProxy&) = delete;
  TricklingProxy& operator=(const TricklingProxy&) = delete;
  ~TricklingProxy();

  // Where clients go; of the same form as the server's.
  [[nodiscard]] const std::string& path() const { return path_; }
  // From now on the lines that are open stay open and carry nothing; new ones work.
  void deaden_lines();

 private:
  // Client and server.
  using Lines = std::list<std::pair<UniqueFd, UniqueFd>>;

  void serve();
  void serve_lines(Lines& lines);
  void accept(Lines& lines);
  [[nodiscard]] bool pass_on(int from, int to) const;

  TempDir directory_;
  std::string path_;
  const std::string server_;
  const std::size_t piece_;
  const std::chrono::microseconds pause_;
  UniqueFd listener_;
  Lines dead_;
  std::atomic<bool> deaden_{false};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace narwhal::test
