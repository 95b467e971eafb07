// ServerInfo: what INFO says about a server before we trust it with jobs. Pure.
#pragma once

#include <string>
#include <string_view>

#include "location.h"
#include "narwhal/result.h"

namespace narwhal::redis {

struct ServerInfo {
  std::string run_id;  // of this start of the server
  std::string version;
  std::string role;  // master, slave
  std::string eviction_policy;
  bool cluster = false;

  // Of a reply that may be an error where INFO is forbidden: then nothing is known.
  static ServerInfo parse(std::string_view info);

  // Why the jobs of `location` cannot be served here, if so.
  [[nodiscard]] Result<void> usable(const Location& location) const;
  // What the operator should know; empty: nothing.
  [[nodiscard]] std::string warning() const;
};

}  // namespace narwhal::redis
