// RedisCluster: a real Redis Cluster of three masters, and replicas of the first one, on loopback
// ports. Takes some seconds to start, so tests share one and tell their keys apart by hash tags.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "redis_server.h"

namespace narwhal::test {

class RedisCluster {
 public:
  enum class Way : std::uint8_t { plain, tls };

  // `node_timeout`: after how many milliseconds a silent node counts as dead. With TLS, `settings`
  // name the certificates.
  explicit RedisCluster(std::size_t replicas = 0, int node_timeout = 15000,
                        RedisServer::Settings settings = {}, Way way = Way::plain);

  static constexpr std::size_t kMasters = 3;
  // The masters come first.
  [[nodiscard]] RedisServer& node(std::size_t index) { return *nodes_[index]; }
  [[nodiscard]] std::string place(std::size_t index) const;  // host:port
  // "redis://…" or "rediss://…" of one node; of all, "redis+cluster://…".
  [[nodiscard]] std::string url(std::size_t index) const;
  [[nodiscard]] std::string url() const;

  // Which master has the key's slot.
  [[nodiscard]] std::size_t owner(const std::string& key);
  [[nodiscard]] RedisServer& owner_of(const std::string& key) { return node(owner(key)); }

  // Moves the key's slot, as a resharding does. The steps: after begin_move() keys that are missing
  // are asked for at `to`; move_keys() takes those there are, finish_move() makes it so.
  void move_slot(const std::string& key, std::size_t to);
  void begin_move(const std::string& key, std::size_t to);
  void move_keys(const std::string& key, std::size_t to, const std::vector<std::string>& keys);
  void finish_move(const std::string& key, std::size_t to);
  [[nodiscard]] std::string slot(const std::string& key);
  // The node's name in the cluster.
  [[nodiscard]] std::string id(std::size_t index);

  // Waits until every node that runs finds the cluster whole.
  void await_ok();

 private:
  void start(RedisServer::Settings settings);
  void introduce();
  void replicate(std::size_t replica);

  const Way way_;
  std::vector<int> ports_;
  std::vector<std::unique_ptr<RedisServer>> nodes_;
};

}  // namespace narwhal::test
