#include "server_info.h"

namespace narwhal::redis {
namespace {

std::string field(std::string_view info, std::string_view name) {
  const std::string key = "\n" + std::string(name) + ":";
  const std::size_t at = info.find(key);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + key.size();
  return std::string(info.substr(begin, info.find_first_of("\r\n", begin) - begin));
}

}  // namespace

ServerInfo ServerInfo::parse(std::string_view info) {
  ServerInfo server;
  server.run_id = field(info, "run_id");
  server.version = field(info, "redis_version");
  server.role = field(info, "role");
  server.eviction_policy = field(info, "maxmemory_policy");
  server.cluster = field(info, "cluster_enabled") == "1" || field(info, "redis_mode") == "cluster";
  return server;
}

Result<void> ServerInfo::usable(const Location& location) const {
  if (cluster) {
    const std::string mistake = cluster_mistake(location);
    if (mistake.empty()) return {};  // and it has our slot, or it would not have been chosen
    return Error{ErrorKind::invalid, "unable to use this node of a Redis Cluster", mistake};
  }
  if (role == "slave") {
    return Error{ErrorKind::unavailable, "unable to use this server",
                 "READONLY it is a replica, not a master"};
  }
  return {};
}

std::string ServerInfo::warning() const {
  if (eviction_policy.empty() || eviction_policy == "noeviction") return {};
  return "maxmemory-policy is " + eviction_policy +
         ": a full server will delete jobs without a word; set it to noeviction";
}

}  // namespace narwhal::redis
