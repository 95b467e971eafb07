// Fence: between a session and the next. What the last one had sent and the server had not read
// yet must not be carried out after the next has compared, nor may a wait that it left blocked take
// a job. Lives as long as the Broker.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client_number.h"

namespace narwhal::redis {

class Fence {
 public:
  using Told = std::function<void(std::int64_t client)>;

  // Remembers this connection, to be ended by the next session. `told`: its number, if the server
  // tells.
  void add(
      Connection& connection, Told told = [](std::int64_t) {});

  // Ends those of the sessions before. `run`: of the server, "" where it does not tell; another run
  // has none of them, and may have given their numbers to others.
  void close(Connection& main, const std::string& run);

 private:
  std::string run_;  // whose clients these are
  std::vector<std::int64_t> clients_;
};

}  // namespace narwhal::redis
