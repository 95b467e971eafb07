// RedisServer: a real redis-server in a directory of its own, on a Unix socket. It dies with the
// test's process whatever happens to that.
#pragma once

#include <hiredis/hiredis.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server_process.h"
#include "temp_dir.h"

namespace narwhal::test {

class RedisServer final : public ServerProcess {
 public:
  using Settings = std::vector<std::string>;  // as on the command line: "--appendonly", "yes"

  enum class Kind : std::uint8_t { server, sentinel };

  // Starts it. `port` 0: the Unix socket only.
  explicit RedisServer(Settings settings = {}, int port = 0, Kind kind = Kind::server);
  ~RedisServer() override;

  [[nodiscard]] const std::string& socket() const { return socket_; }
  [[nodiscard]] std::string url() const { return "redis+unix://" + socket_; }
  [[nodiscard]] std::string file(const std::string& name) const { return directory_.file(name); }

  void start() override;

  struct Free {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
  };
  using Reply = std::unique_ptr<redisReply, Free>;
  // On a connection of its own; throws when there is no answer.
  Reply call(const std::vector<std::string>& words);
  // A string or status, or "" for nil.
  std::string text(const std::vector<std::string>& words);
  long long number(const std::vector<std::string>& words);
  std::vector<std::string> list(const std::vector<std::string>& words);

 private:
  bool answers();
  void configure_sentinel(int port);

  TempDir directory_;
  Settings settings_;
  std::string socket_ = directory_.file("redis.sock");
};

// A TCP port that nobody listened on a moment ago.
int unused_port();

}  // namespace narwhal::test
