// TricklingProxy: stands between clients and a server on a Unix socket and passes their bytes on in
// small pieces, each in a write of its own, so that every reply arrives in fragments.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "narwhal/unique_fd.h"
#include "temp_dir.h"

namespace narwhal::test {

class TricklingProxy {
 public:
  // `server`: the path of its socket. `piece`: the most bytes passed on at a time.
  TricklingProxy(std::string server, std::size_t piece);
  TricklingProxy(const TricklingProxy&) = delete;
  TricklingProxy& operator=(const TricklingProxy&) = delete;
  ~TricklingProxy();

  [[nodiscard]] std::string path() const { return directory_.file("socket"); }

 private:
  void serve();
  [[nodiscard]] bool pass_on(int from, int to) const;

  TempDir directory_;
  const std::string server_;
  const std::size_t piece_;
  UniqueFd listener_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace narwhal::test
